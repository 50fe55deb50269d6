namespace TorchSharp;

using static torch;

internal static class Gradients
{
    public static void Clear(Tensor parameter, bool setToNull)
    {
        if (setToNull)
        {
            parameter.grad = null;
            return;
        }

        using var gradient = parameter.grad;
        if (gradient is not null)
        {
            // With create_graph, a gradient has a history, which goes no further.
            InPlace.Detach(gradient);
            using var quiet = no_grad();
            InPlace.Fill(gradient, 0);
        }
    }
}
