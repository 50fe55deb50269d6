using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

public class DisposeScopeTests
{
    [Test]
    public void Disposes_what_was_made_within()
    {
        Tensor inside, outside = ones(2);
        using (NewDisposeScope())
        {
            inside = outside + 1;
        }
        Assert.That(inside.IsInvalid);
        Assert.That(outside.IsInvalid, Is.False);
    }

    [Test]
    public void Innermost_scope_owns()
    {
        using var outer = NewDisposeScope();
        var first = ones(2);
        Tensor second;
        using (var inner = NewDisposeScope())
        {
            second = ones(2);
            Assert.That(inner.DisposablesCount, Is.EqualTo(1));
            Assert.That(inner.Contains(second));
            Assert.That(outer.Contains(second), Is.False);
        }
        Assert.That(second.IsInvalid);
        Assert.That(first.IsInvalid, Is.False);
        Assert.That(outer.DisposablesView, Has.Count.EqualTo(1));
    }

    [Test]
    public void Results_of_in_place_operations_are_owned_too()
    {
        using var outer = NewDisposeScope();
        var x = zeros(2);
        using (NewDisposeScope()) x.add_(1);
        Assert.That(x.IsInvalid, Is.False);
        Assert.That(TestData.Doubles(x), Is.EqualTo(new[] { 1.0, 1.0 }));
    }

    [Test]
    public void Moves_to_the_outer_scope()
    {
        using var outer = NewDisposeScope();
        Tensor kept;
        using (NewDisposeScope()) kept = ones(2).MoveToOuterDisposeScope();
        Assert.That(kept.IsInvalid, Is.False);
        Assert.That(outer.Contains(kept));
        outer.DisposeEverything();
        Assert.That(kept.IsInvalid);
    }

    [Test]
    public void Moving_out_of_the_outermost_scope_detaches()
    {
        Tensor kept;
        using (NewDisposeScope()) kept = ones(2).MoveToOuterDisposeScope();
        Assert.That(kept.IsInvalid, Is.False);
        kept.Dispose();
    }

    [Test]
    public void Detached_tensors_survive()
    {
        Tensor kept;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope()) kept = ones(2).DetachFromDisposeScope();
            Assert.That(outer.DisposablesCount, Is.EqualTo(0));
        }
        Assert.That(kept.IsInvalid, Is.False);
        kept.Dispose();
    }

    [Test]
    public void Moves_to_another_scope()
    {
        using var outer = NewDisposeScope();
        using var middle = NewDisposeScope();
        var anchor = ones(1);
        Tensor first, second;
        using (NewDisposeScope())
        {
            first = ones(2).MoveToOtherDisposeScope(outer);
            second = ones(2).MoveToOtherDisposeScope(anchor);
        }
        Assert.That(outer.Contains(first));
        Assert.That(middle.Contains(second));
    }

    [Test]
    public void Scope_methods_move_detach_and_attach()
    {
        using var outer = NewDisposeScope();
        Tensor a, b, c, d;
        using (var inner = NewDisposeScope())
        {
            (a, b) = inner.MoveToOuter(ones(1), ones(1));
            c = inner.Detach(ones(1));
            d = inner.MoveToOther(outer, ones(1));
            Assert.That(inner.DisposablesCount, Is.EqualTo(0));
        }
        Assert.That(outer.DisposablesCount, Is.EqualTo(3));
        Assert.That(new[] { a, b, c, d }.All(t => !t.IsInvalid));
        outer.Attach(c);
        Assert.That(outer.Contains(c));
    }

    [Test]
    public void Disposes_everything_but()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (ones(1), ones(1));
        var kept = scope.DisposeEverythingBut(b);
        Assert.That(kept, Is.SameAs(b));
        Assert.That(a.IsInvalid);
        Assert.That(b.IsInvalid, Is.False);
        Assert.That(scope.DisposablesCount, Is.EqualTo(1));
    }

    [Test]
    public void Early_disposal_leaves_the_scope()
    {
        using var scope = NewDisposeScope();
        ones(1).Dispose();
        Assert.That(scope.DisposablesCount, Is.EqualTo(0));
    }

    [Test]
    public void Takes_in_nothing_but_tensors()
    {
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(1, 1);
        Assert.That(() => scope.Attach(new MemoryStream()), Throws.InvalidOperationException);
        Assert.That(() => scope.Attach(layer), Throws.InvalidOperationException);
        Assert.That(() => scope.Attach((IDisposable)null), Throws.InvalidOperationException);
    }

    [Test]
    public void Closes_twice_and_out_of_order()
    {
        var outer = NewDisposeScope();
        var inner = NewDisposeScope();
        outer.Dispose();
        var x = ones(1);
        Assert.That(inner.Contains(x));
        inner.Dispose();
        inner.Dispose();
        Assert.That(CurrentDisposeScope is null);
        using var y = ones(1);
        Assert.That(y.IsInvalid, Is.False);
    }

    [Test]
    public void Every_thread_has_its_own()
    {
        using var scope = NewDisposeScope();
        var made = new Tensor[4];
        var threads = Enumerable.Range(0, made.Length).Select(k => new Thread(() =>
        {
            for (var n = 0; n < 200; n++)
            {
                using var own = NewDisposeScope();
                made[k]?.Dispose();
                made[k] = (ones(8) * n).sum().MoveToOuterDisposeScope();
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.That(scope.DisposablesCount, Is.EqualTo(0));
        foreach (var tensor in made)
        {
            Assert.That(tensor.ToDouble(), Is.EqualTo(8 * 199));
            tensor.Dispose();
        }
    }

    [Test]
    public void Wrapped_expression_keeps_its_result_alone()
    {
        using var scope = NewDisposeScope();
        var result = WrappedTensorDisposeScope(() => (ones(2) + 1) * (ones(2) + 2));
        Assert.That(scope.DisposablesCount, Is.EqualTo(1));
        Assert.That(result.sum().ToDouble(), Is.EqualTo(12));
    }

    [Test]
    public void Disposal_is_idempotent_and_use_after_it_is_an_error()
    {
        var x = ones(2);
        x.Dispose();
        x.Dispose();
        Assert.That(x.IsInvalid);
        Assert.That(() => x + 1, Throws.InvalidOperationException.With.Message.Contains("empty handle"));
        Assert.That(() => x.shape, Throws.InvalidOperationException);
        Assert.That(() => x.dtype, Throws.InvalidOperationException);
        Assert.That(() => x.item<float>(), Throws.InvalidOperationException);
        Assert.That(() => x.backward(), Throws.InvalidOperationException);
        Assert.That(() => cat([x, x]), Throws.InvalidOperationException);
    }
}
