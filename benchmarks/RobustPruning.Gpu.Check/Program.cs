using System.Diagnostics;
using System.Globalization;
using RobustPruning.Bounds;
using RobustPruning.Bounds.Cpu;
using RobustPruning.Gpu;
using RobustPruning.Gpu.Check;

// Bounds one box of a network after the other on a GPU and on the CPU, and prints by how much they differ and the seconds that a box takes.
// Options: --emulator, the kernels on the CPU; --network FOLDER, a network of .npy files; --cnn7 SIZE --share WIDTH, one with random
// weights; --boxes N; --half-width W, of brightness and contrast.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string Option(string name, string otherwise) => Array.IndexOf(args, name) is >= 0 and var index ? args[index + 1] : otherwise;
var boxes = int.Parse(Option("--boxes", "4"));
var halfWidth = double.Parse(Option("--half-width", "0.002"));
var (plan, image) = Option("--network", "") is { Length: > 0 } folder
    ? ChainNetwork.Read(folder) : ChainNetwork.Cnn7(int.Parse(Option("--cnn7", "32")), double.Parse(Option("--share", "1")), seed: 0);
GpuDevice device;
try
{
    device = args.Contains("--emulator") ? GpuDevice.OpenEmulator() : GpuDevice.Open();
}
catch (ComputeDeviceException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

using var closing = device;
Console.WriteLine($"{device.Name}, {device.MemoryLimit / 1e9:f1} GB for bounds; {plan.Steps.Count} steps, {boxes} boxes of ±{halfWidth}");
var random = new Random(1);
var images = new ImageBoxes
{
    Centres = [.. Enumerable.Range(0, boxes).Select(_ => random.NextDouble() * 0.02)
        .Select(light => Array.ConvertAll(image, pixel => pixel + light))],
    Generators = [.. Enumerable.Range(0, boxes)
        .Select(_ => image.Select(_ => halfWidth).Concat(image.Select(pixel => (pixel - 0.5) * halfWidth)).ToArray())],
    Radii = null,
    Clip = true,
    RoundingError = 1e-14,
};
var request = new BoundRequest(true, []);
var (gpu, cpu) = (device.NewEngine(), new CpuEngine());
var (_, first) = Bound(gpu, [0]);
Console.WriteLine($"first box, kernels compiled on the way: {first:f2} s");
var (found, seconds) = Bound(gpu, [.. Enumerable.Range(0, boxes)]);
Console.WriteLine($"GPU, one thread: {seconds / boxes:f4} s a box, {device.MemoryUsed / 1e9:f2} GB");
foreach (var threads in args.Contains("--emulator") ? [] : new[] { 2, 4, 8 })
{
    var clock = Stopwatch.StartNew();
    Parallel.ForEach(Enumerable.Range(0, 4 * threads), new ParallelOptions { MaxDegreeOfParallelism = threads }, box =>
        Bound(gpu, [box % boxes]));
    Console.WriteLine($"GPU, {threads} threads: {clock.Elapsed.TotalSeconds / (4 * threads):f4} s a box, {device.MemoryUsed / 1e9:f2} GB");
}

var (_, cpuSeconds) = Bound(cpu, [.. Enumerable.Range(0, boxes)]);
Console.WriteLine($"CPU, one thread: {cpuSeconds / boxes:f4} s a box");

// Its own symbols have 32 bits where that is fine; with 64 bits all that differs is the order of sums.
BoxBounds[] expected = [.. Enumerable.Range(0, boxes)
    .Select(box => new BoxPropagation<double>(new BufferPool(), plan, request, () => false).Run(images, box, mustBeFine: false)!)];
double worst = 0, width = 0;
for (var box = 0; box < boxes; box++)
{
    for (var output = 0; output < found[box].Lower.Length; output++)
    {
        width = Math.Max(width, expected[box].Upper[output] - expected[box].Lower[output]);
        worst = Math.Max(worst, Math.Max(Math.Abs(found[box].Lower[output] - expected[box].Lower[output]),
            Math.Abs(found[box].Upper[output] - expected[box].Upper[output])));
    }
}

var isRight = worst <= 1e-6 * width;
Console.WriteLine($"unstable neurons on the GPU: {Unstable(found)}; on the CPU: {Unstable(expected)}");
Console.WriteLine($"greatest difference {worst:g3}, greatest width {width:g3}: {(isRight ? "equal to rounding" : "WRONG")}");
return isRight ? 0 : 1;

string Unstable(IReadOnlyList<BoxBounds> bounds) => string.Join(' ', bounds.Select(box => box.Unstable));

(IReadOnlyList<BoxBounds> Bounds, double Seconds) Bound(IPropagationEngine engine, int[] chosen)
{
    var clock = Stopwatch.StartNew();
    var bounds = engine.Bound(
        plan, images with
        {
            Centres = [.. chosen.Select(box => images.Centres[box])],
            Generators = [.. chosen.Select(box => images.Generators[box])],
        }, request, () => false)!;
    return (bounds, clock.Elapsed.TotalSeconds);
}
