using RobustPruning.Graphs;
using static TorchSharp.torch;

namespace RobustPruning.Onnx.Writing;

/// <summary>
/// Smooth functions in operators of the opset that is written: those that have none of their own, in the parts that they are defined by.
/// </summary>
internal static class FunctionWriter
{
    public static void Write(GraphWriter writer, string name, string x, ScalarFunctionNode node)
    {
        switch (node.Function)
        {
            case ScalarFunction.Silu:
                writer.Add("Mul", name, [x, Add("Sigmoid", "sigmoid", x)]);
                break;
            case ScalarFunction.Gelu:
            {
                var share = Add(
                    "Add",
                    "share",
                    Add("Erf", "erf", Add("Mul", "argument", x, Number("root", Math.Sqrt(0.5)))),
                    Number("one", 1));
                writer.Add("Mul", name, [Add("Mul", "half", x, Number("factor", 0.5)), share]);
                break;
            }

            case ScalarFunction.GeluTanh:
            {
                var cube = Add("Mul", "term", Add("Mul", "cube", Add("Mul", "square", x, x), x), Number("factor", 0.044715));
                var argument = Add("Mul", "argument", Add("Add", "sum", x, cube), Number("root", Math.Sqrt(8 / Math.PI)));
                writer.Add("Mul", name, [x, Add("Sigmoid", "sigmoid", argument)]);
                break;
            }

            case ScalarFunction.Hardswish:
                writer.Add("HardSwish", name, [x]);
                break;
            case ScalarFunction.Erf:
                writer.Add("Erf", name, [x]);
                break;
            case ScalarFunction.Square:
                writer.Add("Mul", name, [x, x]);
                break;
            case ScalarFunction.SquareRoot:
                writer.Add("Sqrt", name, [Add("Add", "sum", x, Number("epsilon", node.Epsilon))]);
                break;
            default:
                writer.Add("Reciprocal", name, [Add("Sqrt", "root", Add("Add", "sum", x, Number("epsilon", node.Epsilon)))]);
                break;
        }

        string Add(string operatorName, string part, params string[] inputs) =>
            writer.Add(operatorName, writer.Free($"{name}/{part}"), inputs);

        string Number(string part, double value) => writer.Constant($"{name}/{part}", tensor((float)value));
    }
}
