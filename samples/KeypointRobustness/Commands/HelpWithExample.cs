using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace KeypointRobustness.Commands;

/// <summary>The usual help, and an example of the command.</summary>
/// <param name="usual">The usual help.</param>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string> Examples = new()
    {
        ["demo"] = "demo --out demo",
        ["train"] = "train --data frames --out trained",
        ["prune"] = "prune --data frames --model trained/model.safetensors --ratio 0.5 --out pruned",
        ["certify"] = "certify --data frames --model trained/model.safetensors --brightness 0.05 --contrast 0.05 --radius --out certified",
        ["check"] = "check certified --data frames --model trained/model.safetensors --out checked",
        ["merge"] = "merge machine1/certified machine2/certified --out certified",
        ["scenes"] = "scenes --out scenes",
        ["verify"] = "verify detector.onnx unsafe.vnnlib --timeout 120",
        ["reproduce"] = "reproduce --preset tiny --out reproduced",
        ["hardness"] = "reproduce hardness --preset tiny --out reproduced",
        ["completion"] = "completion bash >> ~/.bashrc",
    };

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Puts examples below the help of all commands.</summary>
    public static void AddTo(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExample((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parsed)
    {
        var code = usual.Invoke(parsed);
        var example = Examples.GetValueOrDefault(parsed.CommandResult.Command.Name, Examples["demo"]);
        parsed.InvocationConfiguration.Output.WriteLine($"Example:{Environment.NewLine}  {AppCommand.Name} {example}{Environment.NewLine}");
        return code;
    }
}
