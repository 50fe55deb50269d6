using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

/// <summary>What libtorch refuses is a managed exception with a message, and the process goes on.</summary>
public class ErrorTests
{
    private static TestCaseData Case(string name, Action action) => new TestCaseData(action).SetName(name);

    private static IEnumerable<TestCaseData> Refused() =>
    [
        Case("shapes that do not broadcast", () => _ = ones(2, 3) + ones(2, 4)),
        Case("mm of vectors", () => ones(3).mm(ones(3))),
        Case("bmm of matrices", () => ones(2, 3).bmm(ones(3, 2))),
        Case("view of wrong size", () => ones(2, 3).view(4, 2)),
        Case("view of a transposed matrix", () => ones(2, 3).t().view(6)),
        Case("reshape with two unknowns", () => ones(2, 3).reshape(-1, -1)),
        Case("squeeze beyond the dimensions", () => ones(2).squeeze(4)),
        Case("transpose beyond the dimensions", () => ones(2, 2).transpose(0, 5)),
        Case("permute with too few", () => ones(2, 2).permute(0)),
        Case("expand to a smaller size", () => ones(4).expand(2)),
        Case("narrow beyond the end", () => ones(4).narrow(0, 2, 3)),
        Case("select beyond the end", () => ones(4).select(0, 4)),
        Case("index beyond the end", () => _ = ones(4)[4]),
        Case("too many indices", () => _ = ones(4)[0, 0]),
        Case("index tensor beyond the end", () => _ = ones(4)[tensor(new[] { 7L })]),
        Case("index of floating numbers", () => _ = ones(4)[tensor(new[] { 1f })]),
        Case("gather with a wrong index type", () => ones(4).gather(0, ones(2))),
        Case("scatter beyond the end", () => zeros(3).scatter_(0, tensor(new[] { 5L }), ones(1))),
        Case("index_select of a wrong type", () => ones(3).index_select(0, ones(2))),
        Case("masked_fill with a wrong shape", () => ones(3).masked_fill(ones(4) > 0, 1)),
        Case("cat of wrong shapes", () => cat([ones(2, 3), ones(3, 2)])),
        Case("stack of wrong shapes", () => stack([ones(2), ones(3)])),
        Case("sum over an unknown dimension", () => ones(2).sum(3)),
        Case("max of nothing", () => zeros(0).max()),
        Case("topk beyond the size", () => ones(3).topk(4)),
        Case("kthvalue of zero", () => ones(3).kthvalue(0, 0)),
        Case("quantile outside [0, 1]", () => ones(3).quantile(tensor(1.5f))),
        Case("mean of integers", () => arange(3).mean()),
        Case("clamp without bounds", () => ones(2).clamp((Scalar)null, (Scalar)null)),
        Case("division in place of integers", () => arange(3).div_(2)),
        Case("in-place result of another shape", () => ones(2).add_(ones(3, 2))),
        Case("bitwise and of floating numbers", () => _ = ones(2) & ones(2)),
        Case("negative size", () => zeros(-1)),
        Case("randint without a range", () => randint(0, [2L])),
        Case("linspace of negative steps", () => linspace(0, 1, -1)),
        Case("einsum of a wrong equation", () => einsum("ij,jk->", ones(2, 3))),
        Case("svd of a vector", () => linalg.svdvals(ones(3))),
        Case("svd of integers", () => linalg.svdvals(ones([2, 2], dtype: ScalarType.Int64))),
        Case("gradient for integers", () => arange(3).requires_grad = true),
        Case("backward without a graph", () => ones(1).backward()),
        Case("backward of a vector", () => (ones(2, requires_grad: true) * 2).backward()),
        Case("backward twice", () => { var y = ones(1, requires_grad: true).exp(); y.backward(); y.backward(); }),
        Case("in-place on a leaf", () => ones(1, requires_grad: true).add_(1)),
        Case("backward after an in-place change", () =>
        {
            var y = ones(1, requires_grad: true).exp();
            var z = y.exp();
            y.mul_(2);
            z.backward();
        }),
        Case("retain_grad without gradients", () => ones(1).retain_grad()),
        Case("a number out of several", () => ones(2).ToDouble()),
        Case("item of nothing", () => zeros(0).ToScalar()),
        Case("equal shapes needed", () => ones(2).allclose(ones(3))),
    ];

    // TorchSharp itself ends the process here (the first four), does not refuse, or refuses with another exception.
    private static IEnumerable<TestCaseData> RefusedByTheStandIn() => new[]
    {
        Case("matmul of wrong shapes", () => ones(2, 3).matmul(ones(2, 3))),
        Case("grad of an unused input", () => autograd.grad([ones(1, requires_grad: true) * 2], [ones(1, requires_grad: true)])),
        Case("random state of a wrong type", () => Generator.Default.set_state(ones(3))),
        Case("zero threads", () => set_num_threads(0)),
        Case("randperm of a negative number", () => randperm(-1)),
        Case("unknown norm", () => linalg.matrix_norm(ones(2, 2), "nonsense")),
        Case("grad of another shape", () => ones(2, requires_grad: true).grad = ones(3)),
        Case("dot of different lengths", () => ones(2).dot(ones(3))),
        Case("cat of nothing", () => cat(Array.Empty<Tensor>())),
    }.Select(test => test.SetCategory("StandIn"));

    [TestCaseSource(nameof(Refused))]
    [TestCaseSource(nameof(RefusedByTheStandIn))]
    public void Refused_calls_throw(Action action)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => action());
        Assert.That(error.Message, Is.Not.Empty);
        Assert.That((ones(2) + 1).sum().ToDouble(), Is.EqualTo(4), "libtorch still works");
    }

    [Test]
    public void Shapes_and_counts_are_checked()
    {
        using var scope = NewDisposeScope();
        Assert.Catch(() => ones(2).dot(ones(3)));
        Assert.Catch(() => cat(Array.Empty<Tensor>()));
    }

    [Test]
    public void Null_tensors_are_refused()
    {
        Assert.Catch(() => ones(2).add((Tensor)null));
        Assert.Catch(() => cat([ones(2), null]));
        Assert.Catch(() => { var x = ones(2); x[0] = null; });
    }

    [Test]
    public void Data_of_another_type_is_refused()
    {
        using var x = ones(2);
        Assert.That(() => x.data<double>(), Throws.ArgumentException);
        Assert.Catch(() => x[0].item<int>());
        Assert.Catch(() => x.item<float>());
        Assert.That(() => tensor(new float[5], [2, 3]), Throws.ArgumentException);
    }

    [Test]
    public void Unknown_devices_are_refused()
    {
        Assert.Catch(() => device("nonsense"));
        if (!cuda.is_available()) Assert.Catch(() => ones(2).cuda());
    }
}
