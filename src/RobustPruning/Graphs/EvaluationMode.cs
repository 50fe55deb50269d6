using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Puts modules into evaluation mode, and back into what they were in when disposed.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<nn.Module> _training;

    public EvaluationMode(Graph graph)
    {
        _training = [.. graph.Modules.Where(module => module.training)];
        foreach (var module in _training)
            module.eval();
    }

    public void Dispose()
    {
        foreach (var module in _training)
            module.train();
    }
}
