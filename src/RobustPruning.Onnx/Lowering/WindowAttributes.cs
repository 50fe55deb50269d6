namespace RobustPruning.Onnx.Lowering;

/// <summary>Attributes that are one number for each axis of a window.</summary>
internal static class WindowAttributes
{
    /// <summary>The numbers, all from <paramref name="least"/> on, which each is where the attribute is left out.</summary>
    /// <exception cref="OnnxException">There are too many or too few, or one is too small or great.</exception>
    public static long[] List(OperatorCall call, string name, int count, long least)
    {
        var numbers = call.Integers(name) ?? [];
        if (numbers.Length == 0)
            return [.. Enumerable.Repeat(least, count)];
        if (numbers.Length != count || numbers.Any(number => number < least || number > int.MaxValue))
            throw call.Refuse($"its {name} [{string.Join(", ", numbers)}] must be {count} numbers from {least} to {int.MaxValue}.");
        return numbers;
    }

    /// <summary>The window's sizes, which a pooling must give.</summary>
    public static long[] Kernel(OperatorCall call, int count) =>
        call.Integers("kernel_shape") is null or [] ? throw call.Refuse("it has no kernel_shape.") : List(call, "kernel_shape", count, 1);
}
