using System.CommandLine;
using System.Diagnostics;
using RobustPruning.Graphs;
using RobustPruning.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace RobustPruning.Benchmarks;

/// <summary><c>onnx-load --megabytes N --layers L</c>: writes a model of about that size, loads it once, and prints the time and the memory that it took.</summary>
internal static class OnnxLoadCommand
{
    private const string ProcessStatus = "/proc/self/status";

    public static Command Create()
    {
        var megabytes = new Option<int>("--megabytes") { Description = "The size of the file; at least 1.", DefaultValueFactory = _ => 100 };
        var layers = new Option<int>("--layers") { Description = "How many layers share it; at least 1.", DefaultValueFactory = _ => 4 };
        var command = new Command("onnx-load", "Measures how an ONNX model loads.") { megabytes, layers };
        command.SetAction(parsed =>
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(megabytes), 1, "--megabytes");
            ArgumentOutOfRangeException.ThrowIfLessThan(parsed.GetValue(layers), 1, "--layers");
            var path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.onnx");
            try
            {
                Measure(path, parsed.GetValue(megabytes), parsed.GetValue(layers));
            }
            finally
            {
                File.Delete(path);
            }
        });
        return command;
    }

    private static void Measure(string path, int megabytes, int layers)
    {
        // The first use of libtorch and of the reader is not what is measured.
        Write(path, 4, 1);
        OnnxModel.Load(path).Dispose();
        Write(path, (long)Math.Sqrt(megabytes * 1e6 / sizeof(float) / layers), layers);
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        var before = ResetPeak();
        var clock = Stopwatch.StartNew();
        using var model = OnnxModel.Load(path);
        var seconds = clock.Elapsed.TotalSeconds;
        var size = new FileInfo(path).Length / 1e6;
        Console.WriteLine($"{size:f1} MB in {layers} layers: {seconds:f2} s, {Status("VmHWM") - before:f1} MB more at the peak, {Status("VmRSS") - before:f1} MB more afterwards");
    }

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
        double.Parse(File.ReadLines(ProcessStatus).First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2]) * 1024 / 1e6;
}
