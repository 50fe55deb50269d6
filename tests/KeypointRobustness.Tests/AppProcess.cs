using System.Diagnostics;
using System.Text;
using KeypointRobustness.Commands;

namespace KeypointRobustness.Tests;

/// <summary>The app as a process of its own.</summary>
internal sealed class AppProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Task<string> _error;

    private AppProcess(Process process)
    {
        (_process, _error) = (process, process.StandardError.ReadToEndAsync());
        process.OutputDataReceived += (_, line) =>
        {
            lock (_output)
                _output.Append(line.Data).Append(line.Data is null ? string.Empty : "\n");
        };
        process.BeginOutputReadLine();
    }

    /// <summary>The path of the app.</summary>
    public static string Path => typeof(AppCommand).Assembly.Location;

    /// <summary>Starts a program, with variables beside those of this process and without what a scheduler may have set.</summary>
    public static AppProcess StartProgram(string program, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("SLURM_", StringComparison.Ordinal) || name.StartsWith("JOB_COMPLETION", StringComparison.Ordinal))
                .ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        return new AppProcess(Process.Start(start)!);
    }

    /// <summary>Starts the app.</summary>
    public static AppProcess Start(IEnumerable<string> arguments, params (string Name, string Value)[] variables) =>
        StartProgram("dotnet", ["exec", Path, .. arguments], variables);

    /// <summary>Runs the app to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(
        IEnumerable<string> arguments,
        params (string Name, string Value)[] variables)
    {
        using var app = Start(arguments, variables);
        return await app.End();
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int Code, string Output, string Error)> RunProgram(
        string program,
        IEnumerable<string> arguments,
        params (string Name, string Value)[] variables)
    {
        using var process = StartProgram(program, arguments, variables);
        return await process.End();
    }

    /// <summary>What it has written so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="name">For example TERM.</param>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString()]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public async Task<(int Code, string Output, string Error)> End()
    {
        await _process.WaitForExitAsync();
        return (_process.ExitCode, Output, await _error);
    }

    /// <summary>Waits until something holds, or the process has ended.</summary>
    public async Task Until(Func<bool> holds)
    {
        while (!_process.HasExited && !holds())
            await Task.Delay(20);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
