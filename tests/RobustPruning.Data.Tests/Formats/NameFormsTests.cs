using RobustPruning.Data.Formats;

namespace RobustPruning.Data.Tests.Formats;

[TestFixture]
internal sealed class NameFormsTests
{
    [TestCase("\u00E9", "e\u0301")]
    [TestCase("\u1EBF", "e\u0302\u0301")]
    [TestCase("\u304C", "\u304B\u3099")]
    [TestCase("\u0439", "\u0438\u0306")]
    [TestCase("\uAC01", "\u1100\u1161\u11A8")]
    [TestCase("\uAC00", "\u1100\u1161")]
    [TestCase("\uD7A3", "\u1112\u1175\u11C2")]
    [TestCase("plain_0.png", "plain_0.png")]
    public void LettersAreTakenApart(string composed, string decomposed)
    {
        Assert.That(NameForms.Decompose(composed), Is.EqualTo(decomposed));
        Assert.That(NameForms.Decompose(decomposed), Is.EqualTo(decomposed));
    }

    [Test]
    public void DifferentLettersStayDifferent()
    {
        string[] letters = [.. Enumerable.Range(0x80, 0xD7A4 - 0x80).Select(code => NameForms.Decompose(((char)code).ToString()))];

        // Letters that are only another spelling of one letter, such as the ångström sign, have no entry and stay as they are.
        Assert.That(letters.Distinct().Count(), Is.EqualTo(letters.Length));
    }
}
