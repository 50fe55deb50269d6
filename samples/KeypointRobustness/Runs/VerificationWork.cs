using System.Globalization;
using System.Security.Cryptography;
using KeypointRobustness.Commands;
using KeypointRobustness.Reproduction;
using KeypointRobustness.Shards;
using RobustPruning.Data;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using RobustPruning.Onnx.VnnLib;

namespace KeypointRobustness.Runs;

/// <summary>Verifies a list of instances, one by one.</summary>
internal sealed class VerificationWork
{
    /// <summary>The command's name.</summary>
    public const string CommandName = "verify";

    private readonly Dictionary<string, Instance> _instances;
    private readonly OnnxLoadOptions _options;
    private readonly List<string> _failures = [];

    /// <summary>
    /// Reads a list as the verification competition writes it: a line <c>model.onnx,specification.vnnlib,seconds</c> an instance, paths
    /// relative to the list.
    /// </summary>
    /// <param name="path">The list.</param>
    /// <param name="options">How models are read.</param>
    /// <param name="timeout">The time limit of instances that have none, in seconds.</param>
    /// <exception cref="DataException">A line is not an instance, or is there twice; the message says where.</exception>
    public VerificationWork(string path, OnnxLoadOptions options, double timeout)
    {
        _options = options;
        var rows = File.ReadAllLines(path)
            .Select((text, index) => (Line: index + 1, Cells: text.Split(',')))
            .Where(row => row.Cells is not [var cell] || cell.Trim().Length > 0);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        _instances = [];
        var items = new List<WorkItem>();
        foreach (var row in rows)
        {
            if (row.Cells.Length is not (2 or 3) || row.Cells.Take(2).Any(string.IsNullOrWhiteSpace))
                throw new DataException(
                    $"{path}, row {row.Line}: an instance is model,specification,seconds; here are {row.Cells.Length} cells.");
            var seconds = timeout;
            if (row.Cells.Length == 3
                && !(
                    double.TryParse(row.Cells[2], NumberStyles.Float, CultureInfo.InvariantCulture, out seconds)
                    && VerifyCommand.IsTimeout(seconds)))
                throw new DataException($"{path}, row {row.Line}: the time limit is '{row.Cells[2]}', but must be seconds above zero.");
            var (model, specification) = (row.Cells[0].Trim(), row.Cells[1].Trim());
            var item = WorkItem.Of($"{model} {specification}");
            if (!_instances.TryAdd(
                    item.Key,
                    new Instance(model, specification, Path.Combine(folder, model), Path.Combine(folder, specification), seconds)))
                throw new DataException($"{path}, row {row.Line}: {item.Name} is already in the list.");
            items.Add(item);
        }

        if (items.Count == 0)
            throw new DataException($"{path} holds no instance.");
        Set = new WorkSet(CommandName, new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["instances"] = Path.GetFileName(path),
            ["models read"] = $"input shape {string.Join(',', options.InputShape ?? [])}, batch axis {options.Batch}, stop before "
                + $"softmax {options.StopBeforeSoftmax}",
        }, items);
    }

    /// <summary>All of the work.</summary>
    public WorkSet Set { get; }

    /// <summary>The answer about an instance that is done; null if it is not.</summary>
    /// <exception cref="DataException">The result is damaged, or that of another model, specification or time limit.</exception>
    public IReadOnlyDictionary<string, long>? Read(WorkFolder folder, WorkItem item)
    {
        var path = folder.ResultOf(item);
        if (!File.Exists(path))
            return null;
        var result = ResultFile.Read<InstanceResult>(path);
        var instance = _instances[item.Key];
        Require(result.ModelDigest == DigestOf(instance.ModelPath), "model");
        Require(result.SpecificationDigest == DigestOf(instance.SpecificationPath), "specification");
        Require(result.TimeoutSeconds == instance.Seconds, "time limit");
        return result.Counts;

        void Require(bool same, string what)
        {
            if (!same)
                throw new DataException(
                    $"Result {path} is about another {what} than asked for. Give this run a folder of its own, or delete it.");
        }
    }

    /// <summary>Verifies an instance and writes the answer; one that cannot be read is named, and the others go on.</summary>
    public IReadOnlyDictionary<string, long>? Make(
        WorkFolder folder, WorkItem item, WorkProgress progress, CancellationToken cancellationToken)
    {
        var instance = _instances[item.Key];
        InstanceResult result;
        try
        {
            var run = new VerificationRun(TimeSpan.FromSeconds(instance.Seconds));
            var (model, specification) = (DigestOf(instance.ModelPath), DigestOf(instance.SpecificationPath));
            var stated = VnnLibSpecification.Load(instance.SpecificationPath);
            using var network = VerifyCommand.Load(instance.ModelPath, _options, stated);
            var answer = run.Verify(network, stated, cancellationToken);
            result = new InstanceResult(
                instance.Model, instance.Specification, model, specification, instance.Seconds,
                answer.Outcome.ToString().ToLowerInvariant(),
                answer.Inputs, answer.Outputs);
        }
        catch (Exception error) when (error is OnnxException or VnnLibException or GraphException or DataException or IOException
            or UnauthorizedAccessException)
        {
            _failures.Add($"{item.Name}: {error.Message.ReplaceLineEndings(" ")}");
            progress.WriteLine(_failures[^1]);
            return null;
        }

        folder.RequirePresence();
        ResultFile.Write(folder.ResultOf(item), result);
        return result.Counts;
    }

    /// <summary>Complains of instances that could not be read.</summary>
    /// <exception cref="DataException">There were some.</exception>
    public void RequireNoFailure()
    {
        if (_failures.Count > 0)
            throw new DataException($"{_failures.Count} of {Set.Items.Count} instances could not be verified, the first: {_failures[0]}");
    }

    private static string DigestOf(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));

    private sealed record Instance(string Model, string Specification, string ModelPath, string SpecificationPath, double Seconds);
}

/// <summary>The answer about one instance.</summary>
/// <param name="Model">The model's path as the list has it.</param>
/// <param name="Specification">The specification's path as the list has it.</param>
/// <param name="ModelDigest">SHA-256 of the model's file.</param>
/// <param name="SpecificationDigest">SHA-256 of the specification's file.</param>
/// <param name="TimeoutSeconds">The time limit.</param>
/// <param name="Answer">sat, unsat, unknown or timeout.</param>
/// <param name="Inputs">For sat, the input that is answered unsafely.</param>
/// <param name="Outputs">For sat, the network's output on it.</param>
internal sealed record InstanceResult(
    string Model, string Specification, string ModelDigest, string SpecificationDigest, double TimeoutSeconds, string Answer,
    IReadOnlyList<double>? Inputs, IReadOnlyList<double>? Outputs)
{
    /// <summary>The outcome, to be added up.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyDictionary<string, long> Counts => new Dictionary<string, long> { [Answer] = 1 };
}
