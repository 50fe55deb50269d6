namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            /// <summary>Normalises each channel; in training by the batch's own statistics, which then also move the running ones.</summary>
            public static Tensor batch_norm(
                Tensor input,
                Tensor running_mean,
                Tensor running_var,
                Tensor weight = null,
                Tensor bias = null,
                bool training = false,
                double momentum = 0.1,
                double eps = 1e-5) =>
                Operator.Get("aten::batch_norm").Call(input, weight, bias, running_mean, running_var, training, momentum, eps, true);
        }
    }
}
