using System.CommandLine;
using KeypointRobustness.Runs;

namespace KeypointRobustness.Commands;

/// <summary><c>completion</c>: what makes a shell complete the app's commands and options, which System.CommandLine suggests.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        _robustpruning() { mapfile -t COMPREPLY < <(compgen -W "$(robustpruning "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"); }
        complete -o default -F _robustpruning robustpruning
        """;

    private const string Zsh = """
        _robustpruning() { compadd -- ${(f)"$(robustpruning "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)"} || _files }
        compdef _robustpruning robustpruning
        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName robustpruning -ScriptBlock {
            param($word, $ast, $position)
            robustpruning "[suggest:$position]" "$ast" | Where-Object { $_ -like "$word*" }
        }
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "pwsh");
        var command = new Command(
            "completion",
            "Prints what makes a shell complete commands and options; add it to the shell's start file.")
        {
            shell,
        };
        command.SetAction(parsed => Output.Text.WriteLine(parsed.GetValue(shell) switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell }));
        return command;
    }
}
