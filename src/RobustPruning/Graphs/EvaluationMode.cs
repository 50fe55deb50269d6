using static TorchSharp.torch;

namespace RobustPruning.Graphs;

/// <summary>Puts modules into evaluation mode, and each back into what it was in when disposed.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(nn.Module Module, bool Training)> _modes;

    public EvaluationMode(Graph graph)
        : this(graph.Modules)
    {
    }

    /// <summary>For a module and all below it.</summary>
    public EvaluationMode(nn.Module module)
        : this(module.modules().Prepend(module))
    {
    }

    // A module's mode is its children's too, so it stands before them.
    private EvaluationMode(IEnumerable<nn.Module> modules)
    {
        _modes = [.. modules.Select(module => (module, module.training))];
        foreach (var (module, _) in _modes.Where(mode => mode.Training))
            module.eval();
    }

    public void Dispose()
    {
        foreach (var (module, training) in _modes)
            module.train(training);
    }
}
