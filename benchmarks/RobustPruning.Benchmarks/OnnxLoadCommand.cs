using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary>
/// <c>onnx-load --megabytes N --layers L</c>: writes a model of about that size, loads it in a process of its own, and prints the time and
/// the memory that it took; <c>--file PATH</c> loads a file that is there.
/// </summary>
internal static class OnnxLoadCommand
{
    private const string Name = "onnx-load";
    private const string ProcessStatus = "/proc/self/status";

    public static Command Create()
    {
        var megabytes = new Option<int>("--megabytes")
        {
            Description = "The size of the file; at least 1.",
            DefaultValueFactory = _ => 100,
        };
        var layers = new Option<int>("--layers") { Description = "How many layers share it; at least 1.", DefaultValueFactory = _ => 4 };
        var file = new Option<string?>("--file") { Description = "A file to load instead." };
        var command = new Command(Name, "Measures how an ONNX model loads; on Linux.") { megabytes, layers, file };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(megabytes), 1, "--megabytes");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(layers), 1, "--layers");
            if (parsed.GetValue(file) is { } given)
            {
                Measure(given);
                return;
            }

            var path = NewPath();
            try
            {
                Write(
                    path,
                    (long)Math.Sqrt(parsed.GetValue(megabytes) * 1e6 / sizeof(float) / parsed.GetValue(layers)),
                    parsed.GetValue(layers));
                MeasureApart(path);
            }
            finally
            {
                File.Delete(path);
            }
        });
        return command;
    }

    // Memory that writing has left free would be used again.
    private static void MeasureApart(string path)
    {
        var program = Environment.ProcessPath!;
        string[] arguments = [Name, "--file", path];
        using var process = Path.GetFileNameWithoutExtension(program) == "dotnet"
            ? Process.Start(program, [typeof(OnnxLoadCommand).Assembly.Location, .. arguments])
            : Process.Start(program, arguments);
        process.WaitForExit();
    }

    private static void Measure(string path)
    {
        // The first use of libtorch and of the reader is not what is measured.
        var small = NewPath();
        Write(small, 4, 1);
        OnnxModel.Load(small).Dispose();
        File.Delete(small);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var before = ResetPeak();
        var clock = Stopwatch.StartNew();
        using var model = OnnxModel.Load(path);
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{new FileInfo(path).Length / 1e6:f1} MB: {seconds:f2} s, {Status("VmHWM") - before:f1} MB more at the peak, "
                + $"{Status("VmRSS") - before:f1} MB more afterwards"));
    }

    private static string NewPath() => Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");

    private static void Write(string path, long width, int layers)
    {
        var builder = new GraphBuilder([width]);
        var node = builder.Input;
        for (var layer = 0; layer < layers; layer++)
            node = builder.Relu($"relu{layer}", builder.Linear($"fc{layer}", node, nn.Linear(width, width)));
        using var network = new GraphModule(builder.Build(node));
        OnnxModel.Save(network.Graph, path);
    }

    /// <summary>Begins a new peak where Linux allows it.</summary>
    /// <returns>The memory that is taken now, in MB.</returns>
    private static double ResetPeak()
    {
        File.WriteAllText("/proc/self/clear_refs", "5");
        return Status("VmRSS");
    }

    private static double Status(string name) =>
        double.Parse(
            File.ReadLines(ProcessStatus)
                .First(line => line.StartsWith(name, StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture)
        * 1024
        / 1e6;
}
