using RobustPruning.Onnx;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Wire;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks.Conformance;

/// <summary>
/// Runs the ONNX project's own operator tests: folders with a <c>model.onnx</c> and data sets of inputs and expected outputs. The first
/// input of floating point numbers is the network's, all others are constants; where there is none, whole numbers are, as in shapes.
/// </summary>
internal static class ConformanceRun
{
    /// <summary>Where Debian's libonnx-testdata has the tests.</summary>
    public const string DebianFolder = "/usr/share/libonnx-testdata/data";

    // As in the ONNX project's own runner.
    private const double RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-7;

    /// <summary>All cases in a folder, in order of their names.</summary>
    public static IEnumerable<ConformanceResult> Of(string folder) =>
        Directory
            .EnumerateFiles(folder, "model.onnx", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
            .Select(path => Run(path, Path.GetRelativePath(folder, Path.GetDirectoryName(path)!)));

    private static ConformanceResult Run(string path, string name)
    {
        var operators = new List<string>();
        try
        {
            using var scope = NewDisposeScope();
            using var source = new ByteSource(path);
            var model = ModelMessage.Read(source);
            operators.AddRange(model.Graph.Nodes.Select(node => node.Operator).Distinct());
            foreach (var data in Directory.EnumerateDirectories(
                Path.GetDirectoryName(path)!, "test_data_set_*").Order(StringComparer.Ordinal))
            {
                if (Difference(path, model.Graph, data) is { } difference)
                    return new ConformanceResult(name, operators, ConformanceOutcome.Failed, difference);
            }

            return new ConformanceResult(name, operators, ConformanceOutcome.Passed, string.Empty);
        }
        catch (OnnxException error)
        {
            return new ConformanceResult(name, operators, ConformanceOutcome.Refused, error.Message);
        }
        catch (Exception error)
        {
            return new ConformanceResult(name, operators, ConformanceOutcome.Failed, $"{error.GetType().Name}: {error.Message}");
        }
    }

    private static string? Difference(string path, GraphMessage graph, string data)
    {
        var fixedNames = graph.Initializers.Select(tensor => tensor.Name).ToHashSet();
        var inputs = graph.Inputs.Where(input => !fixedNames.Contains(input.Name)).ToList();
        var variable = inputs.FindIndex(input => input.Type == ElementType.Float);
        var constants = new Dictionary<string, Tensor>();
        for (var index = 0; index < inputs.Count; index++)
        {
            if (variable >= 0
                    ? index != variable
                    : index > 0 || inputs[0].Type is ElementType.Int32 or ElementType.Int64 or ElementType.Bool)
                constants[inputs[index].Name] = Read(Path.Combine(data, $"input_{index}.pb"));
        }

        var input = variable < 0 ? null : Read(Path.Combine(data, $"input_{variable}.pb"));
        using var model = OnnxModel.Load(path, new OnnxLoadOptions { Constants = constants, InputShape = input?.shape });
        var sample = input ?? zeros([.. model.InputShape]);
        var values = model.Graph.Run(model.HasBatch ? sample : sample.unsqueeze(0), model.Graph.Outputs);
        foreach (var (index, output) in model.Graph.Outputs.Index())
        {
            var expected = Read(Path.Combine(data, $"output_{index}.pb"));
            var given = model.HasBatch ? values[output] : values[output].squeeze(0);
            if (Difference(given, expected) is { } difference)
                return $"output '{output.Name}': {difference}";
        }

        return null;
    }

    private static string? Difference(Tensor given, Tensor expected)
    {
        // A graph's scalar is a vector of one value.
        if (expected.dim() == 0)
            expected = expected.reshape(1);
        if (!given.shape.SequenceEqual(expected.shape))
            return $"its shape is [{string.Join(", ", given.shape)}] instead of [{string.Join(", ", expected.shape)}].";
        var excess = ((given - expected).abs() - (expected.abs() * RelativeTolerance) - AbsoluteTolerance).max().item<float>();
        return excess <= 0 ? null : $"a value is {excess:g3} further from the expected one than the tolerance.";
    }

    private static Tensor Read(string path)
    {
        using var source = new ByteSource(path);
        using var reader = new WireReader(source);
        using var files = new ExternalFiles(path);
        return StoredConstant.Of(TensorMessage.Read(reader), files).Read();
    }
}
