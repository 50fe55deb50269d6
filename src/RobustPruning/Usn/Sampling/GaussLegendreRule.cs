using RobustPruning.Perturbations;

namespace RobustPruning.Usn;

/// <summary>
/// The nodes and weights of Gauss and Legendre on a grid: means over the box are exact for polynomials of degree up to 2·points − 1 in each
/// parameter.
/// </summary>
internal sealed record GaussLegendreRule(int Points) : ParameterRule
{
    public override string Name => $"Gauss–Legendre, {Points} θ a parameter";

    public override IReadOnlyList<double> Shares => [1];

    public override IEnumerable<ParameterSample> Draw(ParameterBox box, Random random)
    {
        var nodes = Nodes(Points);
        IEnumerable<ParameterSample> grid = [new([], 0, 1)];
        for (var k = 0; k < box.Dimension; k++)
        {
            var (centre, half) = (box.Centre[k], box.HalfWidths[k]);
            grid = grid.SelectMany(point => nodes.Select(node =>
                new ParameterSample([.. point.Theta, centre + (half * node.Place)], 0, point.Weight * node.Weight)));
        }

        return grid;
    }

    /// <summary>The roots x of the Legendre polynomial P_n and the weights 1 / ((1 − x²) P_n'(x)²) of a mean over [−1, 1].</summary>
    internal static (double Place, double Weight)[] Nodes(int points) => [.. Enumerable.Range(1, points).Select(index =>
    {
        // Newton's method from where the root nearly is.
        var place = -Math.Cos(Math.PI * (index - 0.25) / (points + 0.5));
        for (var step = 0; step < 100; step++)
        {
            var (value, slope) = Legendre(points, place);
            place -= value / slope;
        }

        var derivative = Legendre(points, place).Slope;
        return (place, 1 / ((1 - (place * place)) * derivative * derivative));
    })];

    /// <summary>P_n(x) and P_n'(x), by the recurrence (k + 1) P_{k+1} = (2k + 1) x P_k − k P_{k−1}.</summary>
    private static (double Value, double Slope) Legendre(int degree, double x)
    {
        var (before, value) = (1.0, x);
        for (var k = 1; k < degree; k++)
            (before, value) = (value, ((((2 * k) + 1) * x * value) - (k * before)) / (k + 1));
        return (value, degree * ((x * value) - before) / ((x * x) - 1));
    }
}
