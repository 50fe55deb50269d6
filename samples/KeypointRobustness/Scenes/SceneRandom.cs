using System.Numerics;

namespace KeypointRobustness.Scenes;

/// <summary>A small random generator (SplitMix64) that gives every scene its own stream. Not thread-safe.</summary>
internal sealed class SceneRandom
{
    private ulong _state;

    /// <summary>Starts the stream that belongs to a seed and a number.</summary>
    /// <param name="seed">Any value.</param>
    /// <param name="index">Any value; another number gives an unrelated stream.</param>
    public SceneRandom(int seed, int index) => _state = Mix(Mix((uint)seed) + (uint)index);

    /// <summary>A value drawn uniformly from [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public float Uniform(float low, float high) => low + (high - low) * ((Next() >> 40) * (1f / (1 << 24)));

    /// <summary>A whole number drawn uniformly from 0 to <paramref name="count"/> − 1.</summary>
    public int Below(int count) => (int)((Next() >> 33) % (ulong)count);

    /// <summary>True with a probability.</summary>
    /// <param name="probability">In [0,1].</param>
    public bool Chance(float probability) => Uniform(0, 1) < probability;

    /// <summary>A colour between two colours, one position for all three channels.</summary>
    public Vector3 Between(Vector3 a, Vector3 b) => Vector3.Lerp(a, b, Uniform(0, 1));

    private static ulong Mix(ulong z)
    {
        z += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    private ulong Next()
    {
        var value = Mix(_state);
        _state += 0x9E3779B97F4A7C15;
        return value;
    }
}
