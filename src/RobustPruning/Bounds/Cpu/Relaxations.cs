using System.Numerics;
using RobustPruning.Numerics;

namespace RobustPruning.Bounds.Cpu;

/// <summary>An enclosure of a function of one number z over an interval: slope·z + offset ± size, size ≥ 0.</summary>
internal readonly record struct ScalarRelaxation(double Slope, double Offset, double Size)
{
    private const double Unit = 1.0 / (1L << 52);
    private const double Tiny = 1e-307;
    private const double NarrowWidth = 1e-6;
    private const int Bisections = 26;

    /// <summary>Encloses an activation over [lower, upper].</summary>
    public static ScalarRelaxation Of(ActivationStep step, double lower, double upper) => step.Kind switch
    {
        ActivationKind.Relu => OfLeakyRelu(lower, upper, 0),
        ActivationKind.LeakyRelu => OfLeakyRelu(lower, upper, step.First),
        ActivationKind.Sigmoid => OfSigmoid(lower, upper),
        ActivationKind.Tanh => OfTanh(lower, upper),
        ActivationKind.Smooth => OfSmooth(step.Smooth!, lower, upper),
        _ => OfClip(lower, upper, step.First, step.Second),
    };

    /// <summary>
    /// Encloses a smooth function f. The slope λ is the chord's: least for what is convex or concave. The extremes of f(z) − λz are at the
    /// ends, at the function's breaks, or where f' crosses λ; f' is monotone between breaks, so that bisection finds the place, and between
    /// two numbers a and b that hold it the difference goes beyond its values there by at most (b − a) |f' − λ|.
    /// </summary>
    public static ScalarRelaxation OfSmooth(SmoothFunction function, double lower, double upper)
    {
        if (upper <= function.ZeroBelow || lower >= function.IdentityAbove)
            return new(upper <= function.ZeroBelow ? 0 : 1, 0, 0);
        double first = Math.Max(lower, function.Least), last = Math.Max(upper, first), width = last - first, middle = first + (width / 2);
        double atFirst = function.Value(first), atLast = function.Value(last);

        // A narrow chord has lost its digits.
        var slope =
            width > NarrowWidth * (Math.Abs(first) + Math.Abs(last)) ? (atLast - atFirst) / width : function.Derivative(middle, middle);
        double least = Math.Min(atFirst - (slope * first), atLast - (slope * last)),
            greatest = Math.Max(atFirst - (slope * first), atLast - (slope * last));
        double steepest = function.Digits, from = first;
        foreach (var end in function.Breaks.Append(last))
        {
            var to = Math.Min(end, last);
            if (to <= from)
                continue;
            Piece(from, to);
            from = to;
        }

        var rounding =
            (
                (
                    Math.Abs(atFirst)
                    + Math.Abs(atLast)
                    + Math.Abs(least)
                    + Math.Abs(greatest)
                    + ((Math.Abs(slope) + steepest) * (Math.Abs(first) + Math.Abs(last)))) * (16 * Unit)) + Tiny;
        var size = ((greatest - least) / 2) + rounding;
        return double.IsFinite(size) && double.IsFinite(slope)
            ? new(slope, (least + greatest) / 2, size)
            : new(0, 0, double.PositiveInfinity);

        void Piece(double a, double b)
        {
            var piece = a + ((b - a) / 2);
            double atA = function.Derivative(a, piece) - slope, atB = function.Derivative(b, piece) - slope;
            steepest = Math.Max(steepest, Math.Max(Math.Abs(atA), Math.Abs(atB)));
            Take(b, 0);
            if (atA < 0 == atB < 0)
                return;
            for (var step = 0; step < Bisections; step++)
            {
                var z = a + ((b - a) / 2);
                var atZ = function.Derivative(z, piece) - slope;
                if (atZ < 0 == atA < 0)
                    (a, atA) = (z, atZ);
                else
                    (b, atB) = (z, atZ);
            }

            Take(a, (b - a) * Math.Max(Math.Abs(atA), Math.Abs(atB)));
        }

        void Take(double z, double around)
        {
            var value = function.Value(z) - (slope * z);
            (least, greatest) = (Math.Min(least, value - around), Math.Max(greatest, value + around));
        }
    }

    /// <summary>
    /// Encloses <c>min(max(z, a), b)</c>, a ≤ b. Where [l, u] reaches over one edge it is a ReLU, upright or turned; where over both, it
    /// lies between λz + (1 − λ)a and λz + (1 − λ)b with λ = (b − a) / (u − l).
    /// </summary>
    public static ScalarRelaxation OfClip(double lower, double upper, double a, double b)
    {
        if (upper <= a)
            return new(0, a, 0);
        if (lower >= b)
            return new(0, b, 0);
        bool below = lower < a, above = upper > b;
        if (below && above)
        {
            var slope = (b - a) / (upper - lower);
            return new(slope, (1 - slope) * ((b + a) / 2), (1 - slope) * ((b - a) / 2));
        }

        if (below)
        {
            // max(z, a) = a + max(z − a, 0).
            double slope = (upper - a) / (upper - lower), size = slope * (a - lower) / 2;
            return new(slope, ((1 - slope) * a) + size, size);
        }

        if (above)
        {
            // min(z, b) = b − max(b − z, 0).
            double slope = (b - lower) / (upper - lower), size = slope * (upper - b) / 2;
            return new(slope, ((1 - slope) * b) - size, size);
        }

        // Also where a bound is not a number.
        return new(1, 0, 0);
    }

    /// <summary>
    /// Encloses z above 0 and a·z below, for any a. With l &lt; 0 &lt; u the slope is the chord's, (u − a·l) / (u − l); the error is
    /// greatest or least at l, 0 or u.
    /// </summary>
    private static ScalarRelaxation OfLeakyRelu(double lower, double upper, double a)
    {
        if (!(lower < 0 && upper > 0))
            return new(lower >= 0 ? 1 : a, 0, 0);

        // As 1 / (1 − l / u) the share of the positive side does not overflow.
        var slope = (1 / (1 - (lower / Math.Max(upper, 1e-30))) * (1 - a)) + a;
        double atLower = (a - slope) * lower, atUpper = (1 - slope) * upper;
        double least = Math.Min(0, Math.Min(atLower, atUpper)), greatest = Math.Max(0, Math.Max(atLower, atUpper));
        var rounding = ((((Math.Abs(slope) + Math.Abs(a)) * Math.Abs(lower)) + ((Math.Abs(slope) + 1) * upper)) * (2 * Unit)) + Tiny;
        return new(slope, (least + greatest) / 2, ((greatest - least) / 2) + rounding);
    }

    private static ScalarRelaxation OfSigmoid(double lower, double upper)
    {
        var furthest = Math.Max(Math.Abs(lower), Math.Abs(upper));
        return OfSShaped(lower, upper, Sigmoid(lower), Sigmoid(upper), Sigmoid(furthest) * Sigmoid(-furthest));
    }

    private static ScalarRelaxation OfTanh(double lower, double upper)
    {
        var furthest = 2 * Math.Max(Math.Abs(lower), Math.Abs(upper));
        return OfSShaped(lower, upper, Math.Tanh(lower), Math.Tanh(upper), 4 * Sigmoid(furthest) * Sigmoid(-furthest));
    }

    private static double Sigmoid(double z) => 1 / (1 + Math.Exp(-z));

    /// <summary>
    /// A function f whose derivative falls with |z|: with the least derivative λ on [l, u] as the slope, f(z) − λz grows with z, so it
    /// lies between its values at l and u (Singh et al., 2018).
    /// </summary>
    private static ScalarRelaxation OfSShaped(double lower, double upper, double atLower, double atUpper, double leastDerivative)
    {
        // Any smaller slope will do: rounded down, and 0 where a derivative has too few digits.
        var slope = leastDerivative * (1 - (16 * Unit));
        slope = slope > 1e-30 ? slope : 0;
        double least = atLower - (slope * lower), greatest = atUpper - (slope * upper);

        // Exponentials are off by an ulp or two.
        var rounding = ((Math.Abs(atLower) + Math.Abs(atUpper) + (slope * (Math.Abs(lower) + Math.Abs(upper)))) * (4 * Unit)) + Tiny;
        return new(slope, (least + greatest) / 2, Math.Max(0, (greatest - least) / 2) + rounding);
    }
}

/// <summary>Each number times a slope, plus an offset, plus or minus an error: what any nonlinearity but a ReLU becomes.</summary>
internal sealed unsafe class Relaxations<T>(BufferPool pool)
    where T : unmanaged, INumber<T>
{
    /// <summary>The value behind an activation, and how many neurons are unstable.</summary>
    /// <param name="step">The activation.</param>
    /// <param name="input">The value before it.</param>
    /// <param name="kinks">Where the nonlinearities that read the value bend.</param>
    /// <param name="unstable">How many numbers have a kink between their bounds.</param>
    public Enclosure<T> Apply(ActivationStep step, Enclosure<T> input, double[] kinks, out long unstable)
    {
        var found = 0L;
        var isSteep = step.Smooth?.IsSteep == true;
        var exact = input.WithError(isSteep ? 0 : input.Error);
        var output = Apply(exact, index =>
        {
            var (lower, upper) = input.Bounds(index);
            foreach (var kink in kinks)
            {
                if (lower < kink && upper > kink)
                {
                    found++;
                    break;
                }
            }

            var (slope, offset, size) = ScalarRelaxation.Of(step, lower, upper);
            return new ScalarRelaxation(slope, offset, isSteep ? size + (Math.Abs(slope) * input.Error * (1 + Rounding.Arithmetic)) : size);
        });
        exact.Release();
        unstable = found;
        return output;
    }

    /// <summary>The value with each number relaxed; new symbols for all errors above zero, or one symbol each for what shares it.</summary>
    /// <param name="input">The value before.</param>
    /// <param name="relaxation">The relaxation of each number.</param>
    /// <param name="newSymbols">Makes symbols of the errors; one for each number above zero if null.</param>
    public Enclosure<T> Apply(
        Enclosure<T> input,
        Func<int, ScalarRelaxation> relaxation,
        Func<nint, IEnumerable<SymbolBlock<T>>>? newSymbols = null)
    {
        var size = input.Map.Size;
        BufferPool.Buffer slopes = pool.Rent<T>(size),
            sizes = pool.Rent<T>(size),
            centre = pool.Rent<double>(size),
            generators = pool.Rent<double>((long)size * input.GeneratorCount);
        var radius = pool.Rent<double>(size);
        var remainder = input.Remainder is not null || (!Enclosure<T>.IsWide && input.Radius is not null) ? pool.Rent<double>(size) : null;
        double steepest = 0, squares = 0, relaxed = 0;
        for (var index = 0; index < size; index++)
        {
            var (slope, offset, error) = relaxation(index);
            slopes.As<T>()[index] = T.CreateTruncating(slope);
            var used = double.CreateTruncating(slopes.As<T>()[index]);
            double steep = Math.Abs(slope),
                extent = Math.Abs(input.Centre[index]) + input.Spread(index),
                symbols = input.Radius is null ? 0 : input.Radius[index];
            steepest = Math.Max(steepest, steep);
            centre.Doubles[index] = (input.Centre[index] * slope) + offset;
            for (var k = 0; k < input.GeneratorCount; k++)
                generators.Doubles[((long)k * size) + index] = input.Generators[((long)k * size) + index] * slope;
            double own = extent * steep * Rounding.OneStep;
            var lost = input.Radius is null
                ? 0
                : (symbols * ((steep * Enclosure<T>.Epsilon) + Math.Abs(slope - used))) + (steep > 0 ? input.Underflow : 0);
            if (Enclosure<T>.IsWide)
                (own, lost) = (own + lost, 0);
            var loose = input.Remainder is null ? 0 : input.Remainder[index];
            if (remainder is not null)
                remainder.Doubles[index] = ((loose * steep) + lost) * (1 + (2 * Rounding.Arithmetic));
            squares += own * own;
            var all = ((error > 0 ? extent + input.Error + loose + symbols : 0) + Math.Abs(offset)) * Rounding.Arithmetic;
            relaxed += all * all;
            sizes.As<T>()[index] = Up(error);
            radius.Doubles[index] = (symbols * steep * (1 + (4 * Enclosure<T>.Epsilon))) + double.CreateTruncating(sizes.As<T>()[index]);
        }

        var blocks = ReluLayer<T>.Sloped(pool, input.Symbols, slopes);
        if (newSymbols is not null)
            blocks.AddRange(newSymbols((nint)sizes.As<T>()));
        else if (ReluLayer<T>.NewSymbols.Of(pool, input.Map, sizes.As<T>()) is { } newborn)
            blocks.Add(newborn);
        slopes.Release();
        sizes.Release();
        if (blocks.Count == 0)
            radius.Release();
        return new Enclosure<T>(input.Map, centre, generators, input.GeneratorCount)
        {
            RemainderBuffer = remainder,
            RadiusBuffer = blocks.Count == 0 ? null : radius,
            Symbols = blocks,
            Error = ((steepest * input.Error) + EuclideanNorm.Upper(squares, size) + EuclideanNorm.Upper(relaxed, size)) * (1
                + Rounding.Arithmetic),
        };
    }

    /// <summary>Each number times a slope of its own.</summary>
    public Enclosure<T> Scale(Enclosure<T> input, double[] slopes) => Apply(input, index => new ScalarRelaxation(slopes[index], 0, 0));

    /// <summary>Not negative, in the symbols' type, none smaller than it was, and zero only if it was.</summary>
    public static T Up(double size) => size == 0 ? T.Zero
        : T.CreateTruncating(Math.Max(size * (1 + (2 * Enclosure<T>.Epsilon)), Enclosure<T>.Least));
}
