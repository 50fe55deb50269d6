namespace RobustPruning.Onnx.Wire;

/// <summary>The types of an attribute, as ONNX numbers them; undefined where an old file states none.</summary>
internal enum AttributeType
{
    Undefined = 0,
    Float = 1,
    Integer = 2,
    Text = 3,
    Tensor = 4,
    Graph = 5,
    Floats = 6,
    Integers = 7,
    Texts = 8,
}
