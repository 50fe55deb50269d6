namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            /// <summary>Unlike PyTorch's, a module that is used twice is there twice.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() =>
                ownModules.Select(child => (child.Key, child.Value));

            public virtual IEnumerable<Module> modules() => named_modules().Select(found => found.module);

            /// <summary>Every module below this one. Unlike PyTorch's, the list leaves this one out.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                var seen = new HashSet<Module>(ReferenceEqualityComparer.Instance);
                foreach (var (name, child) in named_children())
                {
                    if (seen.Add(child))
                    {
                        yield return (name, child);
                    }

                    foreach (var (below, module) in child.named_modules())
                    {
                        if (seen.Add(module))
                        {
                            yield return (Join(name, below), module);
                        }
                    }
                }
            }

            public virtual IEnumerable<Modules.Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(found => found.parameter);

            /// <summary>This module's own first, then its children's; a shared parameter once, under its first name.</summary>
            public virtual IEnumerable<(string name, Modules.Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Modules.Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var (name, parameter) in ownParameters)
                {
                    if (seen.Add(parameter))
                    {
                        yield return (name, parameter);
                    }
                }

                foreach (var (name, child) in recurse ? named_children() : [])
                {
                    foreach (var (below, parameter) in child.named_parameters())
                    {
                        if (seen.Add(parameter))
                        {
                            yield return (Join(name, below), parameter);
                        }
                    }
                }
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(found => found.buffer);

            /// <summary>The genuine class leaves buffers that are not persistent out whatever is asked for, and so does this.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, (tensor, persistent)) in ownBuffers)
                {
                    if (persistent && seen.Add(tensor))
                    {
                        yield return (name, tensor);
                    }
                }

                foreach (var (name, child) in recurse ? named_children() : [])
                {
                    foreach (var (below, tensor) in child.named_buffers(true, include_nonpersistent))
                    {
                        if (seen.Add(tensor))
                        {
                            yield return (Join(name, below), tensor);
                        }
                    }
                }
            }

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            /// <summary>The parameter of that dotted name; null without one.</summary>
            public virtual Modules.Parameter get_parameter(string target) =>
                Holder(target, out var name)?.ownParameters.GetValueOrDefault(name);

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            /// <summary>The buffer of that dotted name; null without one.</summary>
            public virtual Tensor get_buffer(string target) => Holder(target, out var name)?.OwnBuffer(name);

            /// <summary>The module that a dotted name of a parameter or buffer leads to, and the name it has there.</summary>
            private Module Holder(string target, out string name)
            {
                ArgumentNullException.ThrowIfNull(target);
                var path = target.Split('.');
                name = path[^1];
                var module = this;
                foreach (var step in path[..^1])
                {
                    if (module is null || !module.ownModules.TryGetValue(step, out module))
                    {
                        return null;
                    }
                }

                return module;
            }
        }
    }
}
