using RobustPruning.Graphs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RobustPruning.Tests.Graphs;

/// <summary>A residual block as users write one: fields, nodes, and nothing else.</summary>
internal sealed class ResidualBlock : DeclaredModule
{
    private readonly Conv2d _conv;
    private readonly BatchNorm2d _bn;
    private readonly Sequential _tail;

    public ResidualBlock(long channels, bool register = true)
        : base("residual")
    {
        _conv = nn.Conv2d(channels, channels, 3L, padding: 1);
        _bn = nn.BatchNorm2d(channels);
        _tail = nn.Sequential(nn.Conv2d(channels, channels, 1L), nn.Tanh());
        if (register)
            RegisterComponents();
    }

    public int Declarations { get; private set; }

    public override GraphNode Declare(GraphBuilder builder, GraphNode input)
    {
        Declarations++;
        var inner = builder.Relu("relu", builder.BatchNormalization("bn", builder.Convolution("conv", input, _conv), _bn));
        return builder.Addition("add", builder.Module("tail", inner, _tail), input);
    }

    /// <summary>The same computation by hand.</summary>
    public Tensor ByHand(Tensor input) => _tail.forward(_bn.forward(_conv.forward(input)).relu()) + input;
}
