using System.Collections;
using TorchSharp.PyBridge;
using static TorchSharp.torch;

namespace RobustPruning.Data;

/// <summary>
/// Weights trained in PyTorch: a state dict in a <c>.safetensors</c> or <c>.pth</c> file, read into a network of the same layers.
/// </summary>
public static class PyTorchWeights
{
    private const string Counter = "num_batches_tracked";

    // Training loops keep the state dict in a checkpoint under one of these names.
    private static readonly string[] Wrappers = ["state_dict", "model_state_dict", "model"];

    /// <summary>Reads a state dict into a network. Nothing is changed unless everything fits.</summary>
    /// <remarks>
    /// A name of the file is that of a parameter or buffer of the network, where dots and underscores count as the same; a first part that
    /// all names share, such as <c>module.</c>, may be left out. Numbers are converted to the type of the network's. Counters of batch
    /// normalisation may be missing.
    /// </remarks>
    /// <param name="network">The network: a <c>GraphModule</c>, a <c>Sequential</c>, or any other module.</param>
    /// <param name="path">The file.</param>
    /// <param name="names">The network's name for names of the file that are others; null if there are none.</param>
    /// <exception cref="DataException">
    /// The file cannot be read, holds no state dict, or does not fit: a name or a shape is another, or a value is not finite. The message
    /// names it.
    /// </exception>
    public static void Load(nn.Module network, string path, IReadOnlyDictionary<string, string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(path);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var file = Read(path);
        var targets = network
            .named_parameters()
            .Select(named => (named.name, Value: (Tensor)named.parameter))
            .Concat(network.named_buffers().Select(named => (named.name, Value: named.buffer)))
            .ToDictionary(named => named.name, named => named.Value);
        var pairs = Match(file, targets, path, names ?? new Dictionary<string, string>());
        foreach (var (name, target) in pairs)
        {
            var value = file[name];
            if (!value.shape.SequenceEqual(targets[target].shape))
            {
                throw new DataException(
                    $"{path}: '{name}' has the shape [{string.Join(", ", value.shape)}], "
                    + $"but '{target}' of the network has [{string.Join(", ", targets[target].shape)}].") { Name = path };
            }

            if (value.is_floating_point() && !value.isfinite().all().item<bool>())
                throw new DataException($"{path}: '{name}' holds NaN or infinity.") { Name = path };
        }

        foreach (var (name, target) in pairs)
            targets[target].copy_(file[name]);
    }

    private static List<(string Name, string Target)> Match(
        Dictionary<string, Tensor> file, Dictionary<string, Tensor> targets, string path, IReadOnlyDictionary<string, string> names)
    {
        if (names.FirstOrDefault(pair => !file.ContainsKey(pair.Key)) is { Key: { } stray })
            throw new DataException($"{path} has no '{stray}', which is to be mapped; it has {Some(file.Keys)}.") { Name = path };
        if (names.FirstOrDefault(pair => !targets.ContainsKey(pair.Value)) is { Value: { } none })
            throw new DataException($"The network has no '{none}' to map to; it has {Some(targets.Keys)}.");

        var plain = targets.Keys.ToLookup(Plain);
        var prefix = SharedStart(file.Keys);
        var shorten = prefix.Length > 0 && file.Keys.Any(name => !names.ContainsKey(name) && !plain.Contains(Plain(name)));
        string? Target(string name) => names.TryGetValue(name, out var mapped) ? mapped
            : plain[Plain(shorten ? name[prefix.Length..] : name)].ToList() is [var only] ? only : null;
        var pairs = file.Keys.Select(name => (Name: name, Target: Target(name))).ToList();

        string[] unused =
        [
            .. pairs.Where(pair => pair.Target is null && !pair.Name.EndsWith(Counter, StringComparison.Ordinal)).Select(pair => pair.Name),
        ];
        string[] missing =
        [
            .. targets.Keys.Except(pairs.Select(pair => pair.Target!)).Where(name => !name.EndsWith(Counter, StringComparison.Ordinal)),
        ];
        if (unused.Length > 0 || missing.Length > 0)
        {
            throw new DataException(
                $"{path} does not fit the network."
                    + (unused.Length > 0 ? $" The network has no {Some(unused)}." : "")
                    + (missing.Length > 0 ? $" The file has no {Some(missing)}." : ""))
            {
                Name = path,
            };
        }

        return pairs
            .Where(pair => pair.Target is not null)
            .GroupBy(pair => pair.Target!)
            .Select(group =>
                group.Count() == 1
                    ? (group.First().Name, group.Key)
                    : throw new DataException($"{path}: {Some(group.Select(pair => pair.Name))} all go to '{group.Key}' of the network.")
                    {
                        Name = path,
                    })
            .ToList();
    }

    private static Dictionary<string, Tensor> Read(string path)
    {
        try
        {
            var (isZip, isSafetensors) = Kind(path);
            if (isSafetensors)
                return Safetensors.LoadStateDict(path);
            if (!isZip)
                throw new DataException($"{path} is neither a safetensors file nor a state dict as PyTorch 1.6 and newer write it.")
                    { Name = path };
            return Flatten(PyTorchUnpickler.UnpickleStateDict(path), path);
        }
        catch (Exception error) when (error is not DataException and not OutOfMemoryException)
        {
            throw new DataException(
                $"{path} cannot be read as a state dict: {error.Message.ReplaceLineEndings(" ")} Write it with "
                + $"torch.save(model.state_dict(), ...).",
                error)
            {
                Name = path,
            };
        }
    }

    private static (bool IsZip, bool IsSafetensors) Kind(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> start = stackalloc byte[9];
        var read = stream.ReadAtLeast(start, 9, throwOnEndOfStream: false);
        var header = BitConverter.ToUInt64(start);
        return (read >= 4 && start[..4].SequenceEqual("PK\x03\x04"u8), read == 9 && header < (ulong)stream.Length && start[8] == '{');
    }

    private static Dictionary<string, Tensor> Flatten(Hashtable table, string path)
    {
        var entries = table.Cast<DictionaryEntry>().ToList();
        var tensors = entries
            .Where(entry => entry.Value is Tensor)
            .ToDictionary(entry => entry.Key.ToString()!, entry => (Tensor)entry.Value!);
        if (tensors.Count > 0)
            return tensors;
        var inner = Wrappers.Select(name => table[name]).OfType<Hashtable>().FirstOrDefault();
        return inner is not null
            ? Flatten(inner, path)
            : throw new DataException($"{path} holds no tensors; it holds {Some(entries.Select(entry => entry.Key.ToString()!))}.")
                { Name = path };
    }

    private static string SharedStart(IEnumerable<string> names)
    {
        string[] starts = [.. names.Select(name => name[..(name.IndexOf('.') + 1)]).Distinct()];
        return starts is [var only] ? only : "";
    }

    private static string Plain(string name) => name.Replace('.', '_');

    private static string Some(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return string.Join(", ", all.Take(6).Select(name => $"'{name}'")) + (all.Length > 6 ? $" and {all.Length - 6} more" : "");
    }
}
