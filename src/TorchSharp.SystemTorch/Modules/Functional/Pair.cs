namespace TorchSharp;

/// <summary>Sizes over the two dimensions of a plane.</summary>
internal static class Pair
{
    public static long[] Of(long both) => [both, both];

    public static long[] Of((long first, long second) pair) => [pair.first, pair.second];

    public static long[] Of(long? both) => both is { } value ? Of(value) : null;

    public static long[] Of((long, long)? pair) => pair is { } value ? Of(value) : null;
}
