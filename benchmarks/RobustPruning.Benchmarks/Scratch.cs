using System.Diagnostics;
using static TorchSharp.torch;
namespace RobustPruning.Benchmarks;
internal static class Scratch
{
    public static int Run()
    {
        set_num_threads(2);
        long[][] shapes = [[9, 32, 16, 32, 32], [9, 32, 32, 16, 16], [9, 32, 128]];
        foreach (var shape in shapes)
        {
            using var z = rand(shape).requires_grad_(true);
            long[] dims = [.. Enumerable.Range(0, shape.Length).Where(d => d != 2)];
            long[] tail = [.. Enumerable.Range(3, shape.Length - 3)];
            var ways = new (string, Func<Tensor>)[]
            {
                ("nothing", () => z.sum()),
                ("old", () => { var c = z.narrow(0, 0, 1).flatten(0,1); var p = z.narrow(0, 1, 8).flatten(0,1); var m = p.reshape([-1, .. c.shape]) - c.unsqueeze(0); return m.abs().pow(2).flatten(0, 1).transpose(0, 1).flatten(1).mean([1]).sum(); }),
                ("mse split", () => { var s = z.split([1, 8], 0); return nn.functional.mse_loss(s[1], s[0].expand(s[1].shape), nn.Reduction.None).mean(dims).sum(); }),
                ("mse split, sum tail first", () => { var s = z.split([1, 8], 0); var m = nn.functional.mse_loss(s[1], s[0].expand(s[1].shape), nn.Reduction.None); m = tail.Length > 0 ? m.sum(tail) : m; return m.mean([0, 1]).sum(); }),
                ("sub, mse zero", () => { var s = z.split([1, 8], 0); var d = s[1] - s[0]; return nn.functional.mse_loss(d, zeros(1).expand(d.shape), nn.Reduction.None).mean(dims).sum(); }),
                ("sub, norm", () => { var s = z.split([1, 8], 0); return linalg.norm((s[1] - s[0]).transpose(0, 2).flatten(1), [1]).square().sum(); }),
                ("sub, norm tail", () => { var s = z.split([1, 8], 0); var d = s[1] - s[0]; d = tail.Length > 0 ? d.flatten(3).norm(3, false, 2) : d; return d.square().sum([0, 1]).sum(); }),
                ("whole sub, norm tail", () => { var d = z - z.narrow(0, 0, 1); d = tail.Length > 0 ? d.flatten(3).norm(3, false, 2) : d; return d.square().sum([0, 1]).sum(); }),
                ("amin amax", () => { return (z.amin([0]) + z.amax([0])).sum(); }),
                ("min max", () => { return (z.min(0).values + z.max(0).values).sum(); }),
                ("max none", () => { var s = z.unbind(0); var a = s[0]; var b = s[0]; foreach (var t in s.Skip(1)) { a = a.maximum(t); b = b.minimum(t); } return (a + b).sum(); }),
            };
            var times = ways.Select(_ => new List<(double, double)>()).ToList();
            for (var r = -2; r < 9; r++)
                for (var w = 0; w < ways.Length; w++)
                {
                    using var scope = NewDisposeScope();
                    z.grad = null;
                    var k = Stopwatch.StartNew();
                    var v = ways[w].Item2();
                    var f = k.Elapsed.TotalMilliseconds;
                    v.backward();
                    if (r >= 0) times[w].Add((f, k.Elapsed.TotalMilliseconds));
                }
            Console.WriteLine(string.Join(",", shape));
            for (var w = 0; w < ways.Length; w++)
            {
                var o = times[w].OrderBy(t => t.Item2).ToList();
                Console.WriteLine($"  {ways[w].Item1,-28} fwd {times[w].Select(t => t.Item1).Order().ElementAt(4):0.00} all {o[4].Item2:0.00}");
            }
        }
        return 0;
    }
}
