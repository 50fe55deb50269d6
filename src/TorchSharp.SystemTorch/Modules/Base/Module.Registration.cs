using System.Reflection;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            private const BindingFlags InstanceFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

            /// <summary>The dispose scope that the parameter may be in keeps it, as with the genuine class.</summary>
            public virtual void register_parameter(string name, Modules.Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                CheckName(name);
                if (!ownParameters.TryAdd(name, param))
                {
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
                }
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                CheckName(name);
                if (!ownBuffers.TryAdd(name, (tensor, persistent)))
                {
                    throw new InvalidOperationException($"Buffer {name} is already registered.");
                }
            }

            public virtual void register_module(string name, Module submodule)
            {
                ArgumentNullException.ThrowIfNull(submodule);
                CheckName(name);
                submodule.RegisterComponents();
                if (!ownModules.TryAdd(name, submodule))
                {
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                }
            }

            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>Registers what the fields hold, under the names of the fields; once.</summary>
            protected virtual void RegisterComponents()
            {
                if (componentsRegistered)
                {
                    return;
                }

                componentsRegistered = true;
                foreach (var field in GetType().GetFields(InstanceFields))
                {
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Modules.Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
            }

            /// <summary>Registers, replaces in place (so that the order of names stays), or with null removes. No dispose scope keeps it.</summary>
            protected void ConditionallyRegisterParameter(string name, Modules.Parameter value)
            {
                if (value is null)
                {
                    ownParameters.Remove(name);
                }
                else
                {
                    value.DetachFromDisposeScope();
                    ownParameters[name] = value;
                }
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor value, bool persistent = true)
            {
                if (value is null)
                {
                    ownBuffers.Remove(name);
                }
                else
                {
                    value.DetachFromDisposeScope();
                    ownBuffers[name] = (value, persistent);
                }
            }

            /// <summary>What the properties of the modules of this library read: the registry is the only holder.</summary>
            private protected Modules.Parameter OwnParameter(string name) => ownParameters.GetValueOrDefault(name);

            private protected void ReplaceOwnParameter(string name, Modules.Parameter value)
            {
                var old = OwnParameter(name);
                if (!ReferenceEquals(old, value))
                {
                    ConditionallyRegisterParameter(name, value);
                    old?.Dispose();
                }
            }

            private protected Tensor OwnBuffer(string name) => ownBuffers.TryGetValue(name, out var found) ? found.tensor : null;

            private protected void ReplaceOwnBuffer(string name, Tensor value)
            {
                var old = OwnBuffer(name);
                if (!ReferenceEquals(old, value))
                {
                    ConditionallyRegisterBuffer(name, value);
                    old?.Dispose();
                }
            }

            private static void CheckName(string name)
            {
                ArgumentException.ThrowIfNullOrEmpty(name);
                if (name.Contains('.'))
                {
                    throw new ArgumentException($"A name of a component holds no dot, this one does: {name}", nameof(name));
                }
            }
        }
    }
}
