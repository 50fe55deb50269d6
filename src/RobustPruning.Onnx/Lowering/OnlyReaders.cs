using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Lowering;

/// <summary>For each value that one node reads, once, and that is no output: that node.</summary>
internal sealed class OnlyReaders
{
    private readonly Dictionary<string, NodeMessage?> _readers = [];

    public OnlyReaders(IEnumerable<NodeMessage> nodes, IEnumerable<string> outputs)
    {
        foreach (var node in nodes)
        {
            foreach (var input in node.Inputs)
                _readers[input] = _readers.ContainsKey(input) ? null : node;
        }

        foreach (var output in outputs)
            _readers[output] = null;
    }

    /// <summary>The only reader of a value, or null.</summary>
    public NodeMessage? Find(string name) => _readers.GetValueOrDefault(name);
}
