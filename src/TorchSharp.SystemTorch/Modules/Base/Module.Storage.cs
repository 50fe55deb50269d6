namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public Module save(string location, IList<string> skip = null)
            {
                using var stream = File.Create(location);
                return save(stream, skip);
            }

            /// <summary>Closes the stream.</summary>
            public Module save(Stream stream, IList<string> skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            public Module save(BinaryWriter writer, IList<string> skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            /// <summary>The number of entries (LEB128), then of each its name and its tensor.</summary>
            public static void save_state_dict(BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string> skip = null)
            {
                var entries = sd.Where(entry => skip is null || !skip.Contains(entry.Key)).ToList();
                writer.Write7BitEncodedInt64(entries.Count);
                foreach (var (name, tensor) in entries)
                {
                    writer.Write(name);
                    TensorStream.Write(writer, tensor);
                }
            }

            public virtual Module load(
                string location, bool strict = true, IList<string> skip = null, Dictionary<string, bool> loadedParameters = null)
            {
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip, loadedParameters);
            }

            /// <summary>Closes the stream.</summary>
            public Module load(
                Stream stream, bool strict = true, IList<string> skip = null, Dictionary<string, bool> loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads everything before it changes anything, so that a broken file leaves the module as it was.</summary>
            public virtual Module load(
                BinaryReader reader, bool strict = true, IList<string> skip = null, Dictionary<string, bool> loadedParameters = null)
            {
                var skipped = skip is null ? [] : new HashSet<string>(skip);
                var target = state_dict();
                var values = new Dictionary<string, Tensor>();
                try
                {
                    var count = reader.Read7BitEncodedInt64();
                    var expected = target.Keys.Count(name => !skipped.Contains(name));
                    if (count < 0 || (strict && skipped.Count == 0 && count != expected))
                    {
                        throw new ArgumentException($"Mismatched state_dict sizes: expected {expected}, but found {count} entries.");
                    }

                    for (long i = 0; i < count; i++)
                    {
                        ReadEntry(reader, strict, skipped, target, values);
                    }

                    load_state_dict(values, strict, skip);
                    if (loadedParameters is not null)
                    {
                        foreach (var name in values.Keys)
                        {
                            loadedParameters[name] = true;
                        }
                    }
                }
                finally
                {
                    foreach (var value in values.Values)
                    {
                        value.Dispose();
                    }
                }

                return this;
            }

            private static void ReadEntry(
                BinaryReader reader, bool strict, HashSet<string> skipped, Dictionary<string, Tensor> target, Dictionary<string, Tensor> values)
            {
                var name = reader.ReadString();
                var wanted = target.TryGetValue(name, out var like) && !skipped.Contains(name);
                if (!wanted)
                {
                    if (strict && !skipped.Contains(name))
                    {
                        throw new ArgumentException($"Mismatched module state names: the module has nothing named '{name}'.");
                    }

                    TensorStream.Skip(reader);
                    return;
                }

                var value = TensorStream.ReadLike(reader, like, name);
                if (!values.TryAdd(name, value))
                {
                    value.Dispose();
                    throw new InvalidDataException($"'{name}' stands twice in the file.");
                }
            }
        }
    }
}
