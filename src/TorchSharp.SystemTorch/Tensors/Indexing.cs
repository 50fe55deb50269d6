namespace TorchSharp;

/// <summary>
/// Applies indices to a tensor. Everything but tensors of indices gives a view, step by step; what is left are index tensors for
/// the dimensions of that view. The views in between are its own to dispose.
/// </summary>
internal sealed class Indexing : IDisposable
{
    private readonly torch.Tensor source;
    private readonly List<torch.Tensor> masks = [];
    private readonly List<torch.Tensor> chosen = [];
    private torch.Tensor view;
    private bool hasChosen;

    internal Indexing(torch.Tensor source)
    {
        this.source = source;
        view = source;
    }

    internal void Apply(ReadOnlySpan<torch.TensorIndex> indices)
    {
        var dim = 0L;
        var rest = source.ndim - Consumed(indices);
        foreach (ref readonly var index in indices)
        {
            switch (index.Type)
            {
                case torch.TensorIndex.Kind.None:
                    View(view.unsqueeze(dim++));
                    Keep(1);
                    break;
                case torch.TensorIndex.Kind.Ellipsis:
                    dim += Math.Max(rest, 0);
                    Keep(Math.Max(rest, 0));
                    break;
                case torch.TensorIndex.Kind.Single:
                    View(view.select(dim, index.Start.Value));
                    break;
                case torch.TensorIndex.Kind.Slice:
                    View(Operator.Aten("slice.Tensor").Call(view, dim++, index.Start, index.Stop, index.Step ?? 1));
                    Keep(1);
                    break;
                case torch.TensorIndex.Kind.Bool:
                    // A dimension of size one, which a mask of one element keeps or drops.
                    View(view.unsqueeze(dim++));
                    masks.Add(torch.tensor([index.Flag], device: source.device));
                    Choose(masks[^1]);
                    break;
                case torch.TensorIndex.Kind.Tensor:
                    dim += Width(index.Indices);
                    Choose(index.Indices);
                    break;
            }
        }
    }

    internal torch.Tensor Get()
    {
        if (hasChosen) return Operator.Aten("index.Tensor").Call(view, chosen.ToArray());
        if (ReferenceEquals(view, source)) return source.alias();
        var result = view;
        view = source;
        return result;
    }

    internal void Put(torch.Tensor value, bool accumulate)
    {
        if (hasChosen) Operator.Aten("index_put_").CallInPlace(view, chosen.ToArray(), value, accumulate);
        else if (accumulate) view.add_(value);
        else view.copy_(value);
    }

    public void Dispose()
    {
        View(source);
        foreach (var mask in masks) mask.Dispose();
    }

    private void View(torch.Tensor next)
    {
        if (!ReferenceEquals(view, source)) view.Dispose();
        view = next;
    }

    // One entry of the list is for one dimension of the view, or for as many as a mask has. Null: all of a dimension.
    private void Keep(long dimensions)
    {
        for (var k = 0L; k < dimensions; k++) chosen.Add(null);
    }

    private void Choose(torch.Tensor indices)
    {
        chosen.Add(indices);
        hasChosen = true;
    }

    // How many of the source's dimensions the indices take up.
    private static long Consumed(ReadOnlySpan<torch.TensorIndex> indices)
    {
        var count = 0L;
        foreach (ref readonly var index in indices)
        {
            count += index.Type switch
            {
                torch.TensorIndex.Kind.Single or torch.TensorIndex.Kind.Slice => 1,
                torch.TensorIndex.Kind.Tensor => Width(index.Indices),
                _ => 0,
            };
        }
        return count;
    }

    private static long Width(torch.Tensor indices)
        => indices.dtype is torch.ScalarType.Bool or torch.ScalarType.Byte ? indices.ndim : 1;
}
