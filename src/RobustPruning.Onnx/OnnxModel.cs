using RobustPruning.Graphs;
using RobustPruning.Models;
using RobustPruning.Onnx.Constants;
using RobustPruning.Onnx.Lowering;
using RobustPruning.Onnx.Operators;
using RobustPruning.Onnx.Wire;
using RobustPruning.Onnx.Writing;
using TorchSharp;

namespace RobustPruning.Onnx;

/// <summary>
/// A network from an ONNX file: a graph to bound and certify, and a module over the same weights to train and prune. As thread-safe as its
/// modules. Disposing it disposes the module.
/// </summary>
public sealed class OnnxModel : IDisposable
{
    private OnnxModel(GraphModule network, ModelLowering lowering, bool hasBatch)
    {
        Network = network;
        (InputName, InputShape, OutputNames, Opset) = (lowering.Input.Name, lowering.Input.Shape, lowering.OutputNames, lowering.Opset);
        HasBatch = hasBatch;
    }

    /// <summary>The network as nodes: runs, is bounded and certified.</summary>
    public Graph Graph => Network.Graph;

    /// <summary>The network as a module in evaluation mode: can be trained and pruned.</summary>
    public GraphModule Network { get; }

    /// <summary>The name of the input, in the file and of the graph's input node.</summary>
    public string InputName { get; }

    /// <summary>The input's shape in the file with the batch, which is 1 where the file leaves it open.</summary>
    public IReadOnlyList<long> InputShape { get; }

    /// <summary>The names of the outputs in order, in the file and of the graph's <see cref="Graph.Outputs"/>.</summary>
    public IReadOnlyList<string> OutputNames { get; }

    /// <summary>The version of the operator set that the file is written in.</summary>
    public long Opset { get; }

    /// <summary>
    /// Whether the first axis of <see cref="InputShape"/> is the batch, which <c>Graph.Input.Shape</c> then does not have. Otherwise the
    /// whole tensor is one sample, and the graph runs on a batch of such tensors.
    /// </summary>
    public bool HasBatch { get; }

    /// <summary>Reads a model: opsets 9 to 23, of one input with 32-bit floating point values.</summary>
    /// <param name="path">The file. Tensors that it keeps in other files are read from its own folder only.</param>
    /// <param name="options">How to read it; the defaults if null.</param>
    /// <exception cref="OnnxException">
    /// It cannot be read, is damaged, or uses what is not supported; the message names operator, node and opset.
    /// </exception>
    /// <exception cref="ArgumentOutOfRangeException">The limit in the options is not positive.</exception>
    public static OnnxModel Load(string path, OnnxLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new OnnxLoadOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxValues, 1, nameof(options.MaxValues));
        try
        {
            using var source = new ByteSource(path);
            using var files = new ExternalFiles(path);
            return Lower(new ModelLowering(ModelMessage.Read(source), source.Length, files, options, OperatorTable.Find), options.Batch);
        }
        catch (OnnxException error)
        {
            throw error.In(path);
        }
    }

    /// <summary>
    /// Writes a network in opset 17 as one file, as in evaluation mode: to a temporary file first, then moved into place. The model takes a
    /// batch of any size, whose axis stands in front of the shape of the graph's input.
    /// </summary>
    /// <param name="graph">The network. Its numbers are written in 32 bits.</param>
    /// <param name="path">The file; replaced if it exists.</param>
    /// <param name="options">How to write it; the defaults if null.</param>
    /// <exception cref="GraphException">A weight is NaN or infinite; the message names the layer.</exception>
    /// <exception cref="ArgumentException">The names in the options are not as many as the outputs, empty, or not different.</exception>
    /// <exception cref="OnnxException">The network is too great for one file.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Graph graph, string path, OnnxSaveOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(path);
        graph.RequireFiniteWeights();
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var message = GraphWriter.Write(graph, options ?? new OnnxSaveOptions());
        AtomicFile.Write(path, message.WriteTo);
    }

    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();

    private static OnnxModel Lower(ModelLowering lowering, OnnxBatch batch)
    {
        if (batch != OnnxBatch.None)
        {
            try
            {
                return new OnnxModel(lowering.Lower(hasBatch: true), lowering, hasBatch: true);
            }
            catch (OnnxException error) when (error.MixesBatch && batch == OnnxBatch.Automatic)
            {
                // The whole tensor is one sample, then.
            }
        }

        return new OnnxModel(lowering.Lower(hasBatch: false), lowering, hasBatch: false);
    }
}
