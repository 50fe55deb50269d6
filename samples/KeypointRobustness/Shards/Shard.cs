using System.Globalization;

namespace KeypointRobustness.Shards;

/// <summary>One of several parts of a piece of work, which may run on machines of their own.</summary>
/// <param name="Index">Its number, from 0 on.</param>
/// <param name="Count">How many there are, at least 1.</param>
internal readonly record struct Shard(int Index, int Count)
{
    private const string Form = "must be i/n with 0 <= i < n, for example 0/8 for the first of eight";

    /// <summary>All of the work.</summary>
    public static Shard Whole => new(0, 1);

    /// <summary>
    /// The shard that a user gives, or else that a scheduler sets: a Slurm array's task or the pod of a Kubernetes Indexed Job.
    /// </summary>
    /// <param name="text">The user's, <c>i/n</c>; null without.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="ArgumentException">It is not a shard; the message names the option or variable.</exception>
    public static Shard Of(string? text, Func<string, string?> variable)
    {
        if (text is not null)
            return Parse(text);
        if (variable("SLURM_ARRAY_TASK_ID") is { Length: > 0 })
            return OfSlurm(variable);
        if (variable("JOB_COMPLETION_INDEX") is not { Length: > 0 })
            return Whole;
        if (variable("JOB_COMPLETIONS") is not { Length: > 0 })
            throw new ArgumentException(
                "JOB_COMPLETION_INDEX is set but JOB_COMPLETIONS is not: set it to the job's completions, or give --shard.");
        var shard = new Shard(Number(variable, "JOB_COMPLETION_INDEX"), Number(variable, "JOB_COMPLETIONS"));
        return shard.IsValid
            ? shard
            : throw new ArgumentException($"JOB_COMPLETION_INDEX is {shard.Index}, but JOB_COMPLETIONS is {shard.Count}.");
    }

    /// <summary>Whether an item belongs to it; neighbours, which often are equally hard, go to different shards.</summary>
    /// <param name="position">The item's place in the order of keys.</param>
    public bool Takes(int position) => position % Count == Index;

    public override string ToString() => $"{Index}/{Count}";

    private bool IsValid => Index >= 0 && Index < Count;

    private static Shard Parse(string text)
    {
        if (text.Split('/') is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var i)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && new Shard(i, n) is { IsValid: true } shard)
            return shard;
        throw new ArgumentException($"--shard is '{text}', but {Form}.");
    }

    /// <summary>An array need not begin at 0, nor go up by 1.</summary>
    private static Shard OfSlurm(Func<string, string?> variable)
    {
        var id = Number(variable, "SLURM_ARRAY_TASK_ID");
        var count = Number(variable, "SLURM_ARRAY_TASK_COUNT");
        var first = variable("SLURM_ARRAY_TASK_MIN") is { Length: > 0 } ? Number(variable, "SLURM_ARRAY_TASK_MIN") : 0;
        var step = variable("SLURM_ARRAY_TASK_STEP") is { Length: > 0 } ? Math.Max(Number(variable, "SLURM_ARRAY_TASK_STEP"), 1) : 1;
        var shard = new Shard((id - first) / step, count);
        return shard.IsValid && (id - first) % step == 0
            ? shard
            : throw new ArgumentException(
                $"Task {id} of a Slurm array of {count} tasks from {first} on in steps of {step} is no shard: give --shard i/n.");
    }

    private static int Number(Func<string, string?> variable, string name) =>
        int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value : throw new ArgumentException($"{name} is '{variable(name)}', but must be a whole number.");
}
