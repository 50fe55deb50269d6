using KeypointRobustness.Shards;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Shards;

[TestFixture]
internal sealed class ShardTests
{
    [Test]
    public void ShardsShareOutEverythingEvenly()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        for (var trial = 0; trial < 50; trial++)
        {
            int count = random.Next(1, 20), items = random.Next(0, 200);
            var sizes = Enumerable
                .Range(0, count)
                .Select(index => Enumerable.Range(0, items).Count(new Shard(index, count).Takes))
                .ToList();
            Assert.That(sizes.Sum(), Is.EqualTo(items));
            Assert.That(sizes.Max() - sizes.Min(), Is.LessThanOrEqualTo(1));
            Assert.That(
                Enumerable.Range(0, items).All(
                    item => Enumerable.Range(0, count).Count(index => new Shard(index, count).Takes(item)) == 1));
        }
    }

    [TestCase(null, "", 0, 1)]
    [TestCase("3/8", "", 3, 8)]
    [TestCase("0/1", "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4", 0, 1)]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4", 3, 4)]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=1", 3, 4)]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=20 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=10 SLURM_ARRAY_TASK_STEP=5", 2, 3)]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=1 SLURM_ARRAY_TASK_MIN=2", 0, 1)]
    [TestCase(null, "JOB_COMPLETION_INDEX=7 JOB_COMPLETIONS=8", 7, 8)]
    public void TheOptionComesBeforeTheScheduler(string? option, string environment, int index, int count) =>
        Assert.That(Shard.Of(option, Variables(environment)), Is.EqualTo(new Shard(index, count)));

    [TestCase("8/8", "", "--shard")]
    [TestCase("-1/8", "", "--shard")]
    [TestCase("1", "", "--shard")]
    [TestCase("0/0", "", "--shard")]
    [TestCase("a/b", "", "--shard")]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=3", "SLURM_ARRAY_TASK_COUNT")]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1", "--shard")]
    [TestCase(null, "SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=3", "SLURM_ARRAY_TASK_ID")]
    [TestCase(null, "JOB_COMPLETION_INDEX=1", "JOB_COMPLETIONS")]
    [TestCase(null, "JOB_COMPLETION_INDEX=8 JOB_COMPLETIONS=8", "JOB_COMPLETION_INDEX")]
    public void WhatIsNoShardIsRefusedByName(string? option, string environment, string named) =>
        Assert.That(() => Shard.Of(option, Variables(environment)), Throws.ArgumentException.With.Message.Contains(named));

    [Test]
    public void KeysDependOnTheNameAndAreFitForFiles()
    {
        string[] names =
        [
            "a.png", "a.jpg", "b/a.png", "ä ö.png", "scene 1 of seed 0", new string('x', 300), "m.onnx s.vnnlib", "..", "a:b*?",
        ];
        var keys = names.Select(name => WorkItem.Of(name).Key).ToList();
        Assert.That(keys, Is.Unique);
        Assert.That(keys, Is.EqualTo(names.Select(name => WorkItem.Of(name).Key)));
        Assert.That(
            keys.SelectMany(key => key),
            Is.All.Matches<char>(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'));
        Assert.That(keys.Select(key => key.Length), Is.All.LessThan(80));
    }

    private static Func<string, string?> Variables(string text)
    {
        var variables = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(entry => entry.Split('='))
            .ToDictionary(entry => entry[0], entry => entry[1]);
        return name => variables.GetValueOrDefault(name);
    }
}
