using System.Diagnostics;
using RobustPruning.Onnx.VnnLib;
using RobustPruning.Tests;

namespace RobustPruning.Onnx.Tests.VnnLib;

/// <summary>What is no specification is refused with its place; nothing hangs or overflows.</summary>
public sealed class VnnLibErrorTests
{
    private const string Declared =
        "(declare-const X_0 Real)\n(declare-const X_1 Real)\n(declare-const Y_0 Real)\n(declare-const Y_1 Real)\n";
    private const string Box = "(assert (<= X_0 1)) (assert (>= X_0 0)) (assert (<= X_1 1)) (assert (>= X_1 0))\n";

    [TestCase("(assert (<= X_0 X_1))", 6, 9, "relates the inputs X_0 and X_1")]
    [TestCase("(assert (<= Y_0 X_1))", 6, 9, "relates the input X_1 with outputs")]
    [TestCase("(assert (<= (* Y_0 Y_1) 1))", 6, 14, "Y_0 is multiplied with Y_1")]
    [TestCase("(assert (<= Y_0 Y_2))", 6, 17, "not 'Y_2'")]
    [TestCase("(assert (<= Y_0 1.2.3))", 6, 17, "not '1.2.3'")]
    [TestCase("(assert (<= Y_0 1e999999))", 6, 17, "not '1e999999'")]
    [TestCase("(assert (<= Y_0 NaN))", 6, 17, "not 'NaN'")]
    [TestCase("(assert (<= Y_0))", 6, 10, "compares two terms, not 1")]
    [TestCase("(assert (not (<= Y_0 1)))", 6, 10, "not 'not'")]
    [TestCase("(assert (<= (/ Y_0 2) 1))", 6, 14, "not with '/'")]
    [TestCase("(assert (<= (+) 1))", 6, 14, "'+' has no terms")]
    [TestCase("(assert Y_0)", 6, 9, "a condition in parentheses")]
    [TestCase("(assert (<= Y_0 1)", 6, 19, "the end of the text")]
    [TestCase("(assert (<= Y_0 1)))", 6, 20, "a command in parentheses should come here, not ')'")]
    [TestCase("(assert (<= Y_0 1) 2)", 6, 20, "')' should come here, not '2'")]
    [TestCase("\n\n  (declare-network f)", 8, 4, "not 'declare-network'")]
    [TestCase("(declare-const Z Real)", 6, 16, "this is 'Z'")]
    [TestCase("(declare-const X_01 Real)", 6, 16, "this is 'X_01'")]
    [TestCase("(declare-const X_2 Int)", 6, 20, "not 'Int'")]
    [TestCase("(declare-const Y_1 Real)", 6, 16, "'Y_1' is declared a second time")]
    [TestCase("(declare-fun Y_2 (Real) Real)", 6, 19, "')' should come here, not 'Real'")]
    [TestCase("(assert (<= (* 1234567890123.123456 Y_0) Y_1))", 6, 9, "more digits than can be kept exactly")]
    [TestCase("(assert (<= X_0 1e-300))", 6, 9, "too large or too small")]
    [TestCase("(assert (<= X_0 1e300))", 6, 9, "too large or too small")]
    [TestCase("(assert (<= Y_0 .-5))", 6, 17, "not '.-5'")]
    [TestCase("(assert (<= Y_0 1-5))", 6, 17, "not '1-5'")]
    [TestCase("(check-sat) (assert (<= Y_0 1))", 6, 14, "'assert' comes after 'check-sat'")]
    [TestCase("(exit)\n(declare-const Y_2 Real)", 7, 2, "'declare-const' comes after 'exit'")]
    [TestCase("(exit)(declare-fun Y_2 () Real)", 6, 8, "'declare-fun' comes after 'exit'")]
    [TestCase("(set-info :a \"abc)", 6, 14, "has no end")]
    [TestCase("(set-info (a)", 6, 14, "ends before a parenthesis is closed")]
    public void APlaceIsNamed(string last, int line, int column, string problem)
    {
        var error = Assert.Throws<VnnLibException>(() => VnnLibSpecification.Parse(Declared + Box + last))!;
        Assert.That(error.Message, Does.Contain(problem));
        Assert.That((error.Line, error.Column), Is.EqualTo((line, column)), error.Message);
        Assert.That(error.Message, Does.StartWith($"line {line}, column {column}: "));
    }

    [Test]
    public void MissingBoundsAndVariablesAreNamed()
    {
        Assert.That(() => VnnLibSpecification.Parse(Declared), Refused("X_0 has no lower bound"));
        Assert.That(() => VnnLibSpecification.Parse(Declared + Box.Replace("(assert (<= X_1 1))", "")), Refused("X_1 has no upper bound"));
        Assert.That(() => VnnLibSpecification.Parse(Declared + "(declare-const X_3 Real)"), Refused("X_2 is not declared, though 3"));
        Assert.That(() => VnnLibSpecification.Parse("(declare-const X_0 Real)"), Refused("Y_0 is not declared."));
        Assert.That(() => VnnLibSpecification.Parse(""), Refused("X_0 is not declared."));
    }

    [Test]
    public void AFileIsNamed()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, Declared + Box + "(assert (<= Y_0 1))");
            Assert.That(VnnLibSpecification.Load(path).Cases, Has.Count.EqualTo(1));
            File.WriteAllText(path, "(");
            var error = Assert.Throws<VnnLibException>(() => VnnLibSpecification.Load(path))!;
            Assert.That((error.Path, error.Line, error.Column), Is.EqualTo((path, 1, 2)));
            Assert.That(error.Message, Does.StartWith(path + ": line 1, column 2: "));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void TextsThatWantToExplodeAreRefusedAtOnce()
    {
        var clock = Stopwatch.StartNew();
        string many(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
        foreach (var (text, problem) in new[]
        {
            (many("(and ", 1_000_000), "nested more than"),
            ($"(<= {many("(- ", 1_000_000)}", "nested more than"),
            ($"(and {many("(or (<= Y_0 1) (<= Y_1 1)) ", 40)})", "cases"),
            ($"(or {many("(<= Y_0 1) ", 200_000)})", "cases"),
            ($"(<= Y_0 {new string('9', 100_000)})", "a number or a declared variable"),
            ($"(<= Y_0 (* {many("1e400 ", 1000)}))", "too many digits"),
            ($"(<= Y_0 (* {many(new string('7', 300) + " ", 1000)}))", "too many digits"),
            ("(<= (* 1e-400 1e-400 1e-400 X_0) 3e-300)", "too large or too small"),
            ($"(<= {new string('a', 5_000_000)} 1)", "..."),
        })
            Assert.That(() => VnnLibSpecification.Parse($"{Declared}{Box}(assert {text})"), Refused(problem));
        Assert.That(() => VnnLibSpecification.Parse(many("(set-info ", 1_000_000)), Refused("ends before"));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(60)));
    }

    /// <summary>2,000 texts cut short or with characters changed: read or refused, quickly.</summary>
    [Test]
    public void DamagedTextsAreReadOrRefused()
    {
        var random = new Random(TestEnvironment.FreshSeed());
        var (refused, read) = (0, 0);
        for (var number = 0; number < 2000; number++)
        {
            var text = new RandomFormulas(random, 2, 3).Specification().Text;
            text = number % 2 == 0 ? text[..random.Next(text.Length)] : Mutated(text, random);
            var clock = Stopwatch.StartNew();
            try
            {
                VnnLibSpecification.Parse(text);
                read++;
            }
            catch (VnnLibException error)
            {
                Assert.That(error.Line > 0 || error.Message.Contains("X_") || error.Message.Contains("Y_"), error.Message);
                refused++;
            }

            Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(10)), text);
        }

        TestContext.Out.WriteLine($"{refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(1000));
    }

    private static string Mutated(string text, Random random)
    {
        const string likely = "()XY_0123456789.eE+-*<>=; \n\"|or and assert";
        var characters = text.ToList();
        for (var change = random.Next(1, 6); change > 0; change--)
        {
            var at = random.Next(characters.Count);
            switch (random.Next(4))
            {
                case 0:
                    characters[at] = likely[random.Next(likely.Length)];
                    break;
                case 1:
                    characters.Insert(at, likely[random.Next(likely.Length)]);
                    break;
                case 2:
                    characters.RemoveAt(at);
                    break;
                default:
                    characters[at] = (char)random.Next(char.MaxValue);
                    break;
            }
        }

        return new string([.. characters]);
    }

    private static NUnit.Framework.Constraints.Constraint Refused(string problem) =>
        Throws.TypeOf<VnnLibException>().With.Message.Contains(problem);
}
