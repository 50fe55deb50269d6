namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>The live parameters and persistent buffers by name.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor> destination = null, string prefix = null)
            {
                destination ??= [];
                foreach (var (name, parameter) in named_parameters())
                {
                    destination.TryAdd(Join(prefix, name), parameter);
                }

                foreach (var (name, buffer) in named_buffers(true, false))
                {
                    destination.TryAdd(Join(prefix, name), buffer);
                }

                return destination;
            }

            /// <summary>Copies values in, all or (when one does not fit) none.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string> skip = null)
            {
                var skipped = skip is null ? [] : new HashSet<string>(skip);
                var target = state_dict();
                var missing = target.Keys.Where(name => !source.ContainsKey(name) && !skipped.Contains(name)).ToList();
                var unexpected = source.Keys.Where(name => !target.ContainsKey(name) && !skipped.Contains(name)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                {
                    throw new InvalidOperationException("The loaded state_dict is not identical to the target dictionary. " +
                        $"Missing: {string.Join(", ", missing)}; unexpected: {string.Join(", ", unexpected)}.");
                }

                var shared = source.Where(entry => target.ContainsKey(entry.Key) && !skipped.Contains(entry.Key)).ToList();
                foreach (var (name, value) in shared)
                {
                    if (!value.shape.AsSpan().SequenceEqual(target[name].shape))
                    {
                        throw new ArgumentException($"Mismatched tensor shape for '{name}': the module has " +
                            $"[{string.Join(", ", target[name].shape)}], the source has [{string.Join(", ", value.shape)}].");
                    }
                }

                using var quiet = no_grad();
                foreach (var (name, value) in shared)
                {
                    InPlace.Copy(target[name], value);
                }

                return (missing, unexpected);
            }
        }
    }
}
