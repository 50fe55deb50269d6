using System.Globalization;

namespace RobustPruning.Onnx;

/// <summary>
/// A file is no ONNX model that can be loaded, or a network cannot be written as one. The message says which file, operator and node.
/// </summary>
public sealed class OnnxException : RobustPruningException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="inner">The error underneath, if any.</param>
    internal OnnxException(string problem, Exception? inner = null)
        : base(problem, inner)
    {
    }

    /// <summary>Creates the exception for one node of a model.</summary>
    /// <param name="operatorName">The node's operator, for example <c>Conv</c>.</param>
    /// <param name="node">The node's name.</param>
    /// <param name="opset">The model's version of the operator set.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="inner">The error underneath, if any.</param>
    internal OnnxException(string operatorName, string node, long opset, string problem, Exception? inner = null)
        : base(string.Create(CultureInfo.InvariantCulture, $"Operator {operatorName}, node '{node}', opset {opset}: {problem}"), inner) =>
        (Name, Operator, Node, Opset) = (node, operatorName, node, opset);

    /// <summary>The file; empty until it is known.</summary>
    public string Path
    {
        get;
        internal init => (field, Name) = (value, Name ?? value);
    } = string.Empty;

    /// <summary>The operator at fault, or null if it is none.</summary>
    public string? Operator { get; private init; }

    /// <summary>The node at fault, or null if it is none.</summary>
    public string? Node { get; private init; }

    /// <summary>The model's version of the operator set, or null where no node is at fault.</summary>
    public long? Opset { get; private init; }

    /// <summary>
    /// Whether the problem is that samples of a batch would mix, which matters only where the first axis is read as the batch.
    /// </summary>
    internal bool MixesBatch { get; init; }

    /// <inheritdoc/>
    public override string Message => Path.Length == 0 ? base.Message : $"{Path}: {base.Message}";

    /// <summary>The same error of a file.</summary>
    internal OnnxException In(string path) =>
        Path.Length > 0 ? this : new OnnxException(base.Message, InnerException)
        {
            Name = Name, Value = Value, Path = path, Operator = Operator, Node = Node, Opset = Opset, MixesBatch = MixesBatch,
        };
}
