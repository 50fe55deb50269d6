using KeypointRobustness.Reproduction;
using RobustPruning.Pruning;

namespace KeypointRobustness.Tests.Reproduction;

[TestFixture]
internal sealed class MethodRowTests
{
    [Test]
    public void RowsAreUniqueByNameAndByWhatTheyDo()
    {
        Assert.That(MethodRow.All.Select(row => row.Name), Is.Unique);
        Assert.That(MethodRow.All.Select(row => (row.Way, row.Loss, row.Augmented)), Is.Unique);
    }

    [Test]
    public void NamesSayWhatARowDoes()
    {
        foreach (var row in MethodRow.All)
        {
            var loss = row.Name.Split('+') is [_, var added] ? added : "none";
            Assert.That(loss, Is.EqualTo(row.Loss switch { AddedLoss.Wasserstein => "wasserstein", AddedLoss.RelaxationArea => "area", AddedLoss.Attribution => "attribution", _ => "none" }), row.Name);
        }
    }

    [Test]
    public void EveryPrunedRowHasAPolicyOfItsOwn()
    {
        var policies = MethodRow.All.Where(row => row is { IsPruned: true, Loss: AddedLoss.None, Augmented: true }).Select(row => row.Policy(0).Name).ToList();
        Assert.That(policies, Has.Count.EqualTo(8).And.Unique);
        Assert.That(() => MethodRow.Of("robust").Policy(0), Throws.InvalidOperationException);
    }

    [Test]
    public void OnlyContributionsCompeteAcrossLayers() =>
        Assert.That(MethodRow.All.Where(row => row.Scope == PruningScope.Network).Select(row => row.Way), Is.All.EqualTo(Way.UsnContribution));

    [Test]
    public void AnUnknownNameIsRefused() => Assert.That(() => MethodRow.Of("usn"), Throws.ArgumentException.With.Message.Contains("usn-rank-sum"));
}
