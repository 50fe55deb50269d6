namespace TorchSharp;

public static partial class torch
{
    /// <summary>Seeds the default generators of every device.</summary>
    public static Generator manual_seed(long seed)
    {
        NativeMethods.Check(NativeMethods.ts_manual_seed(unchecked((ulong)seed)));
        return Generator.Default;
    }

    /// <summary>Seeds from the system's entropy and tells the seed.</summary>
    public static long seed()
    {
        var chosen = Generator.Default.seed();
        manual_seed(chosen);
        return chosen;
    }

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
