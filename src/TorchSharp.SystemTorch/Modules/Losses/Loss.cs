namespace TorchSharp;

using static torch;

/// <summary>A module that compares two things and knows how to gather the result.</summary>
public abstract class Loss<T1, T2, TResult> : nn.Module<T1, T2, TResult>
{
    public Loss(nn.Reduction reduction = nn.Reduction.Mean)
        : base("Loss")
    {
        this.reduction = reduction;
    }

    public nn.Reduction reduction { get; }
}
