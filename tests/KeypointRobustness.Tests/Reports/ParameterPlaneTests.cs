using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using KeypointRobustness.Reports;
using RobustPruning.Certification;
using RobustPruning.Tests;

namespace KeypointRobustness.Tests.Reports;

[TestFixture]
internal sealed partial class ParameterPlaneTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private const double LegendTop = 320;
    private static readonly PlotLabels Labels = new("scene <3> & \"more\"", "brightness", "contrast");

    [Test]
    public void EveryStateTakesItsShareOfTheArea()
    {
        PlaneCell[] cells =
        [
            new(-1, 0, -2, 2, Verdict.Certified), new(0, 1, -2, 0, Verdict.Unknown), new(0, 1, 0, 2, Verdict.Falsified),
        ];
        var root = Parse(ParameterPlane.Draw(Labels, cells, [new(0.5, 1, "nose & tail")]));

        Assert.That(Area(root, Verdict.Certified), Is.EqualTo(2 * Area(root, Verdict.Unknown)).Within(1).And.GreaterThan(1000));
        Assert.That(Area(root, Verdict.Falsified), Is.EqualTo(Area(root, Verdict.Unknown)).Within(1));
        string[] legend = ["certified 50 %", "holds a counterexample 25 %", "open 25 %", "counterexample (1)"];
        Assert.That(root.Descendants(Svg + "text").Select(text => text.Value), Is.SupersetOf(legend.Append(Labels.Title)));
        Assert.That(root.Elements(Svg + "circle").Select(tip => tip.Value), Has.One.EqualTo("nose & tail"));
        Assert.That(root.ToString(), Does.Not.Contain("NaN"));
    }

    [Test]
    public void TheFirstParameterGoesRightAndTheSecondUp()
    {
        var root = Parse(ParameterPlane.Draw(Labels, [new(0, 1, 0, 1, Verdict.Certified), new(2, 3, 4, 5, Verdict.Unknown)], []));

        var (first, second) = (Rectangles(root, Verdict.Certified).Single(), Rectangles(root, Verdict.Unknown).Single());
        Assert.That(second.Left, Is.GreaterThan(first.Right));
        Assert.That(second.Bottom, Is.LessThan(first.Top), "SVG counts downwards");
    }

    [Test]
    public void StatesDifferByTheirLinesToo()
    {
        // Beside the frame and the ticks, which all have.
        var lines = Enum.GetValues<Verdict>()
            .Where(state => state != Verdict.Unlabelled)
            .Select(state =>
                Parse(ParameterPlane.Draw(Labels, [new(0, 1, 0, 1, state)], []))
                    .Descendants(Svg + "path")
                    .Sum(path => path.Attribute("d")!.Value.Count(letter => letter == 'L')));

        Assert.That(lines, Is.Unique);
    }

    [Test]
    public void ManyCellsMakeASmallFile()
    {
        const int Side = 150;
        var cells = Enumerable.Range(0, Side * Side).Select(cell => (X: cell % Side, Y: cell / Side))
            .Select(at => new PlaneCell(at.X, at.X + 1, at.Y, at.Y + 1, at.X + at.Y < Side ? Verdict.Certified : Verdict.Unknown)).ToList();
        var svg = ParameterPlane.Draw(Labels, cells, []);

        Assert.That(svg, Has.Length.LessThan(40_000));
        Assert.That(
            Area(Parse(svg), Verdict.Certified) / Area(Parse(svg), Verdict.Unknown),
            Is.EqualTo((Side + 1.0) / (Side - 1)).Within(0.01));
    }

    [Test]
    public void MergingChangesNoPlacesState()
    {
        var seed = FreshSeedsAttribute.Current;
        var random = new Random(seed);
        var cells = new List<PlaneCell> { new(-1, 1, 0, 3, Verdict.Unknown) };
        while (cells.Count < 300)
        {
            var cell = cells[random.Next(cells.Count)];
            cells.Remove(cell);
            double x = (cell.Left + cell.Right) / 2, y = (cell.Lower + cell.Upper) / 2;
            cells.AddRange(random.Next(2) == 0
                ? [cell with { Right = x, State = State() }, cell with { Left = x, State = State() }]
                : [cell with { Upper = y, State = State() }, cell with { Lower = y, State = State() }]);
        }

        var merged = PlaneCell.Merge(cells);
        Assert.That(merged, Has.Count.LessThan(cells.Count));
        for (var point = 0; point < 2000; point++)
        {
            double x = (2 * random.NextDouble()) - 1, y = 3 * random.NextDouble();
            Assert.That(
                merged.Where(cell => Holds(cell, x, y)).Select(cell => cell.State),
                Is.EqualTo(cells.Where(cell => Holds(cell, x, y)).Select(cell => cell.State)));
        }

        Verdict State() => (Verdict)random.Next(3);
    }

    [Test]
    public void ASideWithoutLengthStillShows() =>
        Assert.That(
            Rectangles(Parse(ParameterPlane.Draw(Labels, [new(0, 0, -1, 1, Verdict.Certified)], [])), Verdict.Certified).Single().Width,
            Is.LessThan(2));

    [Test]
    public void NoCellsAreRefused() => Assert.That(() => ParameterPlane.Draw(Labels, [], []), Throws.ArgumentException);

    private static bool Holds(PlaneCell cell, double x, double y) => cell.Left < x && x < cell.Right && cell.Lower < y && y < cell.Upper;

    private static double Area(XElement root, Verdict state) => Rectangles(root, state).Sum(cell => cell.Width * (cell.Bottom - cell.Top));

    /// <summary>
    /// The rectangles of a state: one path, or one element where there is one alone. The small one of the legend is left out.
    /// </summary>
    private static IEnumerable<Rectangle> Rectangles(XElement root, Verdict state)
    {
        var own = root.Descendants()
            .Where(element => string.Equals((string?)element.Attribute("fill"), Palette.Of(state), StringComparison.OrdinalIgnoreCase))
            .ToList();
        return own.Where(element => element.Name == Svg + "path")
            .SelectMany(path => Rectangle4().Matches(path.Attribute("d")!.Value))
            .Select(match => Of(match.Groups))
            .Concat(
                own.Where(element => element.Name == Svg + "rect")
                    .Select(rect => new Rectangle(
                        Number(rect, "x"), Number(rect, "y"), Number(rect, "x") + Number(rect, "width"),
                        Number(rect, "y") + Number(rect, "height"))))
            .Where(rectangle => rectangle.Bottom < LegendTop);

        Rectangle Of(GroupCollection groups)
        {
            double[] sides = [.. groups.Values.Skip(1).Select(side => double.Parse(side.Value, CultureInfo.InvariantCulture))];
            return new Rectangle(
                Math.Min(sides[0], sides[2]), Math.Min(sides[1], sides[3]), Math.Max(sides[0], sides[2]), Math.Max(sides[1], sides[3]));
        }
    }

    private static double Number(XElement element, string name) =>
        double.Parse(element.Attribute(name)?.Value ?? "0", CultureInfo.InvariantCulture);

    private static XElement Parse(string svg) => XDocument.Parse(svg).Root!;

    [GeneratedRegex(@"M([0-9.-]+) ([0-9.-]+)H([0-9.-]+)V([0-9.-]+)H")]
    private static partial Regex Rectangle4();

    private sealed record Rectangle(double Left, double Top, double Right, double Bottom)
    {
        public double Width => Right - Left;
    }
}
