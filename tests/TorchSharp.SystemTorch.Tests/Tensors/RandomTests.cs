using TorchSharp;
using static TorchSharp.SystemTorch.Tests.TestData;
using static TorchSharp.torch;

namespace TorchSharp.SystemTorch.Tests;

[NonParallelizable]
public class RandomTests
{
    private static readonly Func<Generator, Tensor>[] Draws =
    [
        g => rand(5, generator: g),
        g => rand([2, 3], generator: g),
        g => randn(5, generator: g),
        g => randint(10, [5L], generator: g),
        g => randint(-5, 5, [5L], generator: g),
        g => randperm(20, generator: g),
        g => normal(1, 2, [5L], generator: g),
        g => normal(zeros(5), ones(5), g),
        g => zeros(5).normal_(0, 1, g),
        g => zeros(5).uniform_(-1, 1, g),
        g => zeros(5).random_(0, 100, g),
        g => zeros(50).bernoulli_(0.5, g),
        g => bernoulli(full(50, 0.5), g),
        g => multinomial(ones(20), 10, false, g),
    ];

    private DisposeScope scope;

    [SetUp]
    public void Open() => scope = NewDisposeScope();

    [TearDown]
    public void Close() => scope.Dispose();

    [Test]
    public void Generators_repeat_themselves([Range(0, 13)] int draw)
    {
        using var a = new Generator(5);
        using var b = new Generator(5);
        var first = Draws[draw](a);
        Assert.That(Doubles(Draws[draw](b)), Is.EqualTo(Doubles(first)));
        Assert.That(Doubles(Draws[draw](a)), Is.Not.EqualTo(Doubles(first)), "the stream goes on");
        a.manual_seed(5);
        Assert.That(Doubles(Draws[draw](a)), Is.EqualTo(Doubles(first)));
    }

    [Test]
    public void Default_generator_repeats_itself([Range(0, 13)] int draw)
    {
        manual_seed(7);
        var first = Draws[draw](null);
        manual_seed(7);
        Assert.That(Doubles(Draws[draw](null)), Is.EqualTo(Doubles(first)));
    }

    [Test]
    public void States_are_saved_and_restored()
    {
        manual_seed(3);
        _ = randn(3);
        var state = get_rng_state();
        var first = randn(4);
        set_rng_state(state);
        Assert.That(Doubles(randn(4)), Is.EqualTo(Doubles(first)));

        using var generator = new Generator(9);
        var own = generator.get_state();
        var drawn = rand(4, generator: generator);
        generator.set_state(own);
        Assert.That(Doubles(rand(4, generator: generator)), Is.EqualTo(Doubles(drawn)));
    }

    [Test]
    public void Own_generators_leave_the_default_one_alone()
    {
        manual_seed(3);
        var first = rand(4);
        manual_seed(3);
        using var generator = new Generator(11);
        _ = rand(100, generator: generator);
        Assert.That(Doubles(rand(4)), Is.EqualTo(Doubles(first)));
    }

    [Test]
    public void Seeds_are_told()
    {
        manual_seed(42);
        Assert.That(initial_seed(), Is.EqualTo(42));
        using var generator = new Generator(6);
        Assert.That(generator.initial_seed(), Is.EqualTo(6));
        Assert.That(generator.seed(), Is.EqualTo(generator.initial_seed()));
    }

    [Test]
    public void Ranges_hold()
    {
        manual_seed(1);
        var uniform = zeros(10_000).uniform_(2, 3);
        Assert.That(uniform.min().ToDouble(), Is.GreaterThanOrEqualTo(2));
        Assert.That(uniform.max().ToDouble(), Is.LessThanOrEqualTo(3));
        var whole = randint(2, 6, [10_000L]);
        Assert.That((whole.min().ToInt64(), whole.max().ToInt64()), Is.EqualTo((2L, 5L)));
        Assert.That(Longs(randperm(50).sort().Item1), Is.EqualTo(Enumerable.Range(0, 50)));
        var gauss = randn(20_000);
        Assert.That(gauss.mean().ToDouble(), Is.EqualTo(0).Within(0.05));
        Assert.That(gauss.std().ToDouble(), Is.EqualTo(1).Within(0.05));
        var others = randint_like(gauss, 0, 3);
        Assert.That((others.dtype, others.max().ToDouble()), Is.EqualTo((ScalarType.Float32, 2.0)));
    }
}
