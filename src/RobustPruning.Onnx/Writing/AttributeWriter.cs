using RobustPruning.Onnx.Wire;

namespace RobustPruning.Onnx.Writing;

/// <summary>The attributes of an operator.</summary>
internal static class AttributeWriter
{
    private const int FloatType = 1, IntegerType = 2, IntegersType = 7;

    public static MessageWriter Float(string name, double value) => Begin(name, FloatType).Float(2, (float)value);

    public static MessageWriter Integer(string name, long value) => Begin(name, IntegerType).Integer(3, value);

    public static MessageWriter Integers(string name, IEnumerable<long> values) =>
        values.Aggregate(Begin(name, IntegersType), (message, value) => message.Integer(8, value));

    private static MessageWriter Begin(string name, int type) => new MessageWriter().Text(1, name).Integer(20, type);
}
