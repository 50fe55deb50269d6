namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A named tree of parameters, buffers and submodules, which it owns and disposes.</summary>
        public partial class Module : IDisposable
        {
            private readonly OrderedDictionary<string, Modules.Parameter> ownParameters = [];
            private readonly OrderedDictionary<string, (Tensor tensor, bool persistent)> ownBuffers = [];
            private readonly OrderedDictionary<string, Module> ownModules = [];
            private readonly string typeName;
            private bool componentsRegistered;
            private bool disposed;

            protected Module(string name)
            {
                typeName = name;
            }

            public bool training { get; private set; } = true;

            public virtual string GetName() => typeName;

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var child in ownModules.Values)
                {
                    child.train(train);
                }
            }

            public virtual void eval() => train(false);

            /// <summary>Drops every gradient, or with <paramref name="set_to_none"/> off, fills it with zeros.</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    Gradients.Clear(parameter, set_to_none);
                }
            }

            /// <summary>Children first, then this module.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var child in ownModules.Values)
                {
                    child.apply(fn);
                }

                fn(this);
                return this;
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                // A module may sit in several places of a tree.
                if (!disposing || disposed)
                {
                    return;
                }

                disposed = true;
                foreach (var parameter in ownParameters.Values)
                {
                    parameter.Dispose();
                }

                foreach (var (tensor, _) in ownBuffers.Values)
                {
                    tensor.Dispose();
                }

                foreach (var child in ownModules.Values)
                {
                    child.Dispose();
                }
            }

            private static string Join(string prefix, string name) => string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}";
        }
    }
}
