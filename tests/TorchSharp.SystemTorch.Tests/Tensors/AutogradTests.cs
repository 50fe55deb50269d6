using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class AutogradTests
{
    private static Tensor Leaf(params double[] values) => tensor(values, requires_grad: true);

    [Test]
    public void Gradients_add_up_until_cleared()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1, 2);
        Assert.That(x.grad is null);
        (x * 3).sum().backward();
        (x * 3).sum().backward();
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 6, 6 }));
        x.grad = null;
        Assert.That(x.grad is null);
        x.grad = ones(2, dtype: ScalarType.Float64);
        (x * 3).sum().backward();
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 4, 4 }));
    }

    [Test]
    public void Grad_shares_memory_with_its_tensor()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1, 2);
        x.sum().backward();
        using (no_grad()) x.grad.mul_(5);
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 5, 5 }));
    }

    [Test]
    public void Leaves_and_requires_grad()
    {
        using var scope = NewDisposeScope();
        var x = ones(2);
        Assert.That((x.requires_grad, x.is_leaf), Is.EqualTo((false, true)));
        x.requires_grad_();
        var y = x * 2;
        Assert.That((y.requires_grad, y.is_leaf), Is.EqualTo((true, false)));
        Assert.That(y.detach().requires_grad, Is.False);
        y.detach_();
        Assert.That((y.requires_grad, y.is_leaf), Is.EqualTo((false, true)));
        Assert.That(x.with_requires_grad(false).requires_grad, Is.False);
    }

    [Test]
    public void Retained_gradients_of_inner_nodes()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(3);
        var y = x * x;
        y.retain_grad();
        (y * 2).sum().backward();
        Assert.That(y.grad.ToDouble(), Is.EqualTo(2));
        Assert.That(x.grad.ToDouble(), Is.EqualTo(12));
    }

    [Test]
    public void Backward_with_gradients_of_the_output()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1, 2);
        (x * x).backward([tensor(new[] { 1.0, 10.0 })]);
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 2, 40 }));
    }

    [Test]
    public void Backward_for_chosen_inputs_and_retained_graphs()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (Leaf(2), Leaf(3));
        var z = x * y;
        z.backward(retain_graph: true, inputs: [x]);
        Assert.That(y.grad is null);
        z.backward();
        Assert.That(x.grad.ToDouble(), Is.EqualTo(6));
        Assert.That(y.grad.ToDouble(), Is.EqualTo(2));
    }

    [Test]
    public void Grad_function_leaves_the_leaves_alone()
    {
        using var scope = NewDisposeScope();
        var (x, unused) = (Leaf(2), Leaf(1));
        var grads = autograd.grad([x * x * x], [x, unused], allow_unused: true);
        Assert.That(grads[0].ToDouble(), Is.EqualTo(12));
        Assert.That(grads[1].IsInvalid, "not null");
        Assert.That(x.grad is null);
    }

    [Test]
    public void Second_derivatives()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(2);
        var first = autograd.grad([x.pow(4)], [x], create_graph: true)[0];
        var second = autograd.grad([first], [x])[0];
        Assert.That(second.ToDouble(), Is.EqualTo(48).Within(1e-12));
    }

    [Test]
    public void Torch_autograd_backward()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1, 2);
        autograd.backward([x.sum(), (x * 2).sum()]);
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 3, 3 }));
        x.grad = null;
        autograd.backward(x * 2, tensor(new[] { 1.0, 2.0 }));
        Assert.That(TestData.Doubles(x.grad), Is.EqualTo(new double[] { 2, 4 }));
    }

    [Test]
    public void Gradient_modes_nest_and_restore()
    {
        using var scope = NewDisposeScope();
        var x = Leaf(1);
        Assert.That(is_grad_enabled());
        using (no_grad())
        {
            Assert.That(is_grad_enabled(), Is.False);
            Assert.That((x * 2).requires_grad, Is.False);
            using (enable_grad()) Assert.That((x * 2).requires_grad);
            using (set_grad_enabled(true)) Assert.That(is_grad_enabled());
            Assert.That(is_grad_enabled(), Is.False);
        }
        Assert.That(is_grad_enabled());
        using (inference_mode())
        {
            Assert.That(is_inference_mode_enabled());
            Assert.That((x * 2).requires_grad, Is.False);
        }
        Assert.That(is_inference_mode_enabled(), Is.False);
    }

    [Test]
    public void Gradient_mode_belongs_to_its_thread()
    {
        using var off = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());
        thread.Start();
        thread.Join();
        Assert.That(elsewhere);
    }

    [Test]
    public void Threads_compute_gradients_side_by_side()
    {
        var results = new double[4];
        var threads = Enumerable.Range(0, results.Length).Select(k => new Thread(() =>
        {
            for (var n = 0; n < 50; n++)
            {
                using var scope = NewDisposeScope();
                var x = Leaf(k, k + 1);
                (x * x).sum().backward();
                results[k] = x.grad.sum().ToDouble();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.That(results, Is.EqualTo(new double[] { 2, 6, 10, 14 }));
    }
}
