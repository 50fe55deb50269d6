namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Random numbers into this tensor.

        public Tensor normal_(double mean = 0, double std = 1, Generator generator = null) => AtenInPlace("normal_", this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator generator = null) => AtenInPlace("uniform_", this, from, to, generator);

        /// <summary>Whole numbers from the first up to, not including, the second.</summary>
        public Tensor random_(double from, double to, Generator generator = null)
            => AtenInPlace("random_.from", this, checked((long)from), checked((long)to), generator);

        public Tensor bernoulli_(double p = 0.5, Generator generator = null) => AtenInPlace("bernoulli_.float", this, p, generator);

        public Tensor bernoulli(Generator generator = null) => Aten("bernoulli", this, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator generator = null)
            => Aten("multinomial", this, num_samples, replacement, generator);
    }
}
