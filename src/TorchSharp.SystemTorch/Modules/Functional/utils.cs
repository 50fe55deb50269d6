namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Scales all gradients together so that their norm is at most <paramref name="max_norm"/>; gives back the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Modules.Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                var gradients = tensors.Select(tensor => tensor.grad).Where(gradient => gradient is not null).ToList();
                var norms = gradients.Select(gradient => Norm(gradient, norm_type)).ToList();
                var total = double.IsPositiveInfinity(norm_type)
                    ? norms.DefaultIfEmpty(0).Max()
                    : Math.Pow(norms.Sum(norm => Math.Pow(norm, norm_type)), 1 / norm_type);

                var factor = max_norm / (total + 1e-6);
                foreach (var gradient in factor < 1 ? gradients : [])
                {
                    InPlace.Mul(gradient, factor);
                }

                return total;
            }

            /// <summary>Clamps every element of every gradient to ±<paramref name="clip_value"/>.</summary>
            public static void clip_grad_value_(IEnumerable<Modules.Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                foreach (var gradient in tensors.Select(tensor => tensor.grad).Where(gradient => gradient is not null))
                {
                    InPlace.Clamp(gradient, -clip_value, clip_value);
                }
            }

            private static double Norm(Tensor gradient, double order) =>
                Operator.Get("aten::linalg_vector_norm").Call(gradient, order).to(ScalarType.Float64).item<double>();
        }
    }
}
