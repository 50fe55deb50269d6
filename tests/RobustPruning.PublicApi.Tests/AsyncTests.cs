using System.Reflection;
using RobustPruning.Bounds;
using RobustPruning.Certification;
using RobustPruning.Graphs;
using RobustPruning.Perturbations;
using RobustPruning.Training;
using static TorchSharp.torch;

namespace RobustPruning.Tests.PublicApi;

/// <summary>What fails in a call that is awaited is what is caught, however many workers there are.</summary>
public sealed class AsyncTests
{
    private static readonly SemanticSet Light = SemanticSet.Of(new Brightness(-0.1, 0.1));

    [Test]
    public void EveryPublicAsyncMethodIsTried() =>
        Assert.That(
            Calls.Select(call => call.Name).Order(),
            Is.EqualTo(
                Packages
                    .PublicTypes.SelectMany(type =>
                        type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
                    .Where(method =>
                        method.ReturnType.IsAssignableTo(typeof(Task))
                        || method.ReturnType.Name.StartsWith("ValueTask", StringComparison.Ordinal)
                        || method.ReturnType.Name.StartsWith("IAsync", StringComparison.Ordinal))
                    .Select(method => $"{method.DeclaringType!.Name}.{method.Name}")
                    .Order()));

    [TestCaseSource(nameof(Calls))]
    public async Task WhatAUsersCodeThrowsArrivesAsItIs(AsyncCall call)
    {
        using var scope = NewDisposeScope();
        var thrown = new TimeoutException("of the user's");
        var task = call.Start(thrown, default);
        var caught = await Assert.ThrowsAsync<TimeoutException>(() => task);
        Assert.That(caught, Is.SameAs(thrown));
        Assert.That(task.Exception!.InnerExceptions, Is.EqualTo(new[] { thrown }), "for those who wait without await");
    }

    [TestCaseSource(nameof(Calls))]
    public async Task ACancelledCallSaysSo(AsyncCall call)
    {
        using var scope = NewDisposeScope();
        using var source = new CancellationTokenSource();
        source.Cancel();
        await Assert.CatchAsync<OperationCanceledException>(() => call.Start(new TimeoutException(), source.Token));
    }

    private static IEnumerable<AsyncCall> Calls =>
        [
            new("Certifier.CertifyAsync", (error, token) => Certifier(error).CertifyAsync(Images()[0], cancellationToken: token)),
            new("Certifier.CertifyManyAsync", (error, token) => Certifier(error).CertifyManyAsync(Images(), cancellationToken: token)),
            new(
                "RangeSearch.SearchAsync",
                (error, token) =>
                    new RangeSearch(
                        Network().Graph,
                        Light,
                        new RangeSearchOptions { Propagator = new Failing(error), Workers = 3 }).SearchAsync(
                            Images()[0], cancellationToken: token)),
            new(
                "RadiusSearch.SearchAsync",
                (error, token) =>
                    new RadiusSearch(
                        Network().Graph,
                        Light,
                        new KeypointProperty(1),
                        new RadiusSearchOptions { Certifier = Options(error) }).SearchAsync(Images()[0], cancellationToken: token)),
            new(
                "VerificationTimePruning.RunAsync",
                async (error, token) =>
                {
                    using var data = new KeypointData(Images(), zeros(6, 4));
                    await new VerificationTimePruning(
                        Network(),
                        Light,
                        new KeypointProperty(1),
                        new VerificationTimeOptions { Certifier = Options(error) }).RunAsync(data, cancellationToken: token);
                }),
            new(
                "ProgressivePruning.RunAsync",
                async (error, token) =>
                {
                    using var data = new KeypointData(Images(), zeros(6, 4));
                    await new ProgressivePruning(
                        Network(),
                        Light,
                        new()
                        {
                            Loss = new FailingLoss(error),
                            BatchSize = 3,
                            TargetRatio = 0,
                        }).RunAsync(data, cancellationToken: token);
                }),
        ];

    private static CertifierOptions Options(Exception error) =>
        new()
        {
            Propagator = new Failing(error),
            Workers = 3,
            FirstCellsPerSide = 9,
            BoxesPerBatch = 1,
        };

    private static Certifier Certifier(Exception error) => new(Network(), Light, 1, Options(error));

    private static GraphModule Network() => OutsideNetworks.Draw(new Random(1));

    private static Tensor Images() => full([6, 2, 6, 6], 0.5);

    public sealed record AsyncCall(string Name, Func<Exception, CancellationToken, Task> Start)
    {
        public override string ToString() => Name;
    }

    private sealed class Failing(Exception error) : IBoundPropagator
    {
        public string Name => "failing";

        public NetworkBounds Propagate(Graph graph, PerturbedImages images) => throw error;
    }

    private sealed class FailingLoss(Exception error) : TrainingLoss
    {
        protected override Tensor Evaluate(TrainingBatch batch) => throw error;
    }
}
