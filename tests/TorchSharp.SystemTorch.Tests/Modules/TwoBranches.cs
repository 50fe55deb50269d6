using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>A module as users write them: fields, then RegisterComponents.</summary>
internal sealed class TwoBranches : nn.Module<Tensor, Tensor>
{
    public readonly Linear left;
    public Parameter scale;
    public Tensor offset;
    private readonly Sequential right;

    public TwoBranches()
        : base("Two")
    {
        left = nn.Linear(2, 3);
        right = nn.Sequential(("first", nn.Linear(2, 3)), ("last", nn.ReLU()));
        scale = nn.Parameter(ones(3));
        offset = zeros(3);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return ((left.call(input) + right.call(input) + offset) * scale).MoveToOuterDisposeScope();
    }
}
