namespace RobustPruning.Bounds;

/// <summary>One step of a <see cref="PropagationPlan"/>: how a value is computed from earlier ones.</summary>
/// <param name="Name">The name of the graph's node.</param>
/// <param name="Inputs">The numbers of the values that it reads.</param>
/// <param name="Map">The size of its value.</param>
internal abstract record PlanStep(string Name, int[] Inputs, MapShape Map);

/// <summary>The image.</summary>
internal sealed record InputStep(string Name, MapShape Map) : PlanStep(Name, [], Map);

/// <summary>An affine map x ↦ W x + b of one value.</summary>
internal abstract record AffineStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map)
{
    /// <summary>How many products and shifts are summed to one value; 0 if values are only moved.</summary>
    public required long Terms { get; init; }

    /// <summary>How many roundings lie behind each product at most: engines sum in an order that keeps to it.</summary>
    public required long Depth { get; init; }

    /// <summary>No less than ‖W‖₂.</summary>
    public required double Norm { get; init; }

    /// <summary>No less than ‖ |W| ‖₂.</summary>
    public required double AbsoluteNorm { get; init; }

    /// <summary>b for each channel, or for each number of the value; null if there is none.</summary>
    public double[]? Shift { get; init; }

    /// <summary>How far b may be from the true one, as long as b; null if it is the true one.</summary>
    public double[]? ShiftError { get; init; }
}

/// <summary>
/// A convolution, a transposed one, or a linear layer, which is a convolution whose kernel is as large as its map. Its products are summed
/// in blocks of at most <see cref="Block"/> channels of one tap, or of neighbouring places of a linear layer, and the blocks one after the
/// other: hence <see cref="AffineStep.Depth"/>.
/// </summary>
internal sealed record ConvolutionStep(string Name, int[] Inputs, MapShape Map) : AffineStep(Name, Inputs, Map)
{
    /// <summary>So many channels of one tap are summed before they are added to the sum.</summary>
    public const int Block = 256;

    /// <summary>So many numbers that mean nothing stand behind the weights, so that kernels may read whole vectors.</summary>
    public const int Spare = 16;

    /// <summary>The size of the value it reads.</summary>
    public required MapShape From { get; init; }

    /// <summary>How it goes down the rows.</summary>
    public required ConvolutionAxis Rows { get; init; }

    /// <summary>How it goes along the columns.</summary>
    public required ConvolutionAxis Columns { get; init; }

    /// <summary>Channels in so many groups that do not see each other; at least 1.</summary>
    public required int Groups { get; init; }

    /// <summary>
    /// The 32-bit weights <c>[kernel rows, kernel columns, channels read, channels made / groups]</c>: those of a channel go to the
    /// channels of its group. <see cref="Spare"/> more stand behind them. Null in a 64-bit network.
    /// </summary>
    public required float[]? Weights { get; init; }

    /// <summary>The 64-bit weights in the same order; null where the 32-bit ones are exact.</summary>
    public required double[]? WideWeights { get; init; }

    /// <summary>For each row that it reads the rows that read it, and at which tap.</summary>
    public (int Output, int Tap)[][] RowReaders => field ??= Readers(Rows, From.Height, Map.Height);

    /// <summary>For each column that it reads the columns that read it, and at which tap.</summary>
    public (int Output, int Tap)[][] ColumnReaders => field ??= Readers(Columns, From.Width, Map.Width);

    /// <summary>For each row that it makes the rows that it is made of, and at which tap.</summary>
    public (int Input, int Tap)[][] RowSources => field ??= Sources(RowReaders, Map.Height);

    /// <summary>For each column that it makes the columns that it is made of, and at which tap.</summary>
    public (int Input, int Tap)[][] ColumnSources => field ??= Sources(ColumnReaders, Map.Width);

    /// <summary>The channels that each channel goes to.</summary>
    public int FeaturesPerGroup => Map.Channels / Groups;

    /// <summary>The channels that each channel is made of.</summary>
    public int ChannelsPerGroup => From.Channels / Groups;

    /// <summary>
    /// How many places of a row a linear layer sums before they are added to the sum, where the narrowest windows are so wide: more save
    /// time, but places outside of a window are multiplied for nothing.
    /// </summary>
    public int PlacesTogether(int windowWidth) => windowWidth >= From.Width ? From.Width : Math.Max(1, windowWidth / 2);

    /// <summary>The roundings behind a product of a linear layer, however many places of a row are summed together.</summary>
    public static long LinearDepthOf(MapShape map) =>
        Enumerable
            .Range(1, map.Width)
            .Max(places =>
                Math.Min(Block, places * (long)map.Channels)
                + (map.Height * (((map.Width + places - 1L) / places) + (((map.Width * (long)map.Channels) + Block - 1) / Block))));

    /// <summary>The roundings behind a product where so many channels and taps are summed in the order of this step.</summary>
    public static long DepthOf(long channels, long taps) => Math.Min(channels, Block) + (taps * ((channels + Block - 1) / Block));

    private static (int Output, int Tap)[][] Readers(ConvolutionAxis axis, int size, int newSize)
    {
        return [.. Enumerable.Range(0, size).Select(place => Of(place).ToArray())];

        IEnumerable<(int, int)> Of(int place)
        {
            for (var output = Math.Max(0, axis.FirstOutput(place)); output <= Math.Min(newSize - 1, axis.LastOutput(place)); output++)
            {
                if (axis.Tap(output, place) is >= 0 and var tap)
                    yield return (output, tap);
            }
        }
    }

    private static (int Input, int Tap)[][] Sources((int Output, int Tap)[][] readers, int newSize)
    {
        var sources = readers
            .Index()
            .SelectMany(entry => entry.Item.Select(reader => (reader.Output, Input: entry.Index, reader.Tap)))
            .ToLookup(entry => entry.Output);
        return [.. Enumerable.Range(0, newSize).Select(output => sources[output].Select(entry => (entry.Input, entry.Tap)).ToArray())];
    }
}

/// <summary>
/// A sum of places of each channel, times a number for each place: poolings by averages, entries of max poolings, and all that moves whole
/// rows, columns and channels. The number at row y, column x and channel c is RowScale[y] · ColumnScale[x] · Σ input[i, j, Channels[c]]
/// over the rows i of Rows[y] and the columns j of Columns[x].
/// </summary>
internal sealed record ChannelwiseStep(string Name, int[] Inputs, MapShape Map) : AffineStep(Name, Inputs, Map)
{
    /// <summary>The size of the value it reads.</summary>
    public required MapShape From { get; init; }

    /// <summary>The rows that each row reads.</summary>
    public required AxisMap Rows { get; init; }

    /// <summary>The columns that each column reads.</summary>
    public required AxisMap Columns { get; init; }

    /// <summary>The channel that each channel reads, −1 for one of zeros; null where they stay.</summary>
    public int[]? Channels { get; init; }

    /// <summary>One number for each row; null for 1.</summary>
    public double[]? RowScale { get; init; }

    /// <summary>One number for each column; null for 1.</summary>
    public double[]? ColumnScale { get; init; }

    /// <summary>Whether each number goes to one place at most.</summary>
    public bool StaysSingle =>
        _staysSingle ??=
            Rows.MostReaders <= 1
            && Columns.MostReaders <= 1
            && Channels?.Where(channel => channel >= 0).GroupBy(channel => channel).Any(readers => readers.Count() > 1) != true;

    private bool? _staysSingle;

    /// <summary>The channel that a channel goes to, −1 for none; where each goes to one at most.</summary>
    public int TargetOf(int channel) => Channels is null ? channel : Array.IndexOf(Channels, channel);

    /// <summary>The number of each place.</summary>
    public double ScaleOf(int row, int column) => (RowScale is null ? 1 : RowScale[row]) * (ColumnScale is null ? 1 : ColumnScale[column]);
}

/// <summary>scale ⊙ x + shift.</summary>
internal sealed record ElementwiseStep(string Name, int[] Inputs, MapShape Map) : AffineStep(Name, Inputs, Map)
{
    /// <summary>One number for each number of the value.</summary>
    public required double[] Scale { get; init; }
}

/// <summary>Numbers at other places, none of which are computed.</summary>
internal sealed record GatherStep(string Name, int[] Inputs, MapShape Map) : AffineStep(Name, Inputs, Map)
{
    /// <summary>For each number in memory the place that it comes from, or −1 where it is 0.</summary>
    public required int[] Sources { get; init; }

    /// <summary>For each number of the input the place that it goes to, or −1 where it is left out; null if one has several.</summary>
    public required int[]? Targets { get; init; }
}

/// <summary>What an <see cref="ActivationStep"/> does to each number.</summary>
internal enum ActivationKind
{
    /// <summary>max(z, 0).</summary>
    Relu,

    /// <summary>z, and below zero <see cref="ActivationStep.First"/> times z.</summary>
    LeakyRelu,

    /// <summary>1 / (1 + e⁻ᶻ).</summary>
    Sigmoid,

    /// <summary>tanh z.</summary>
    Tanh,

    /// <summary>z between <see cref="ActivationStep.First"/> and <see cref="ActivationStep.Second"/>, which may be infinite.</summary>
    Clip,

    /// <summary><see cref="ActivationStep.Smooth"/> of z.</summary>
    Smooth,
}

/// <summary>A nonlinearity of each number by itself.</summary>
internal sealed record ActivationStep(string Name, int[] Inputs, MapShape Map, ActivationKind Kind, double First = 0, double Second = 0)
    : PlanStep(Name, Inputs, Map)
{
    /// <summary>The function, where it is a smooth one.</summary>
    public SmoothFunction? Smooth { get; init; }
}

/// <summary>The greatest of several places of each channel; padding never wins.</summary>
internal sealed record MaxPoolStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map)
{
    /// <summary>The entries of a window, row by row: each takes one place out of every window, or 0 from the padding.</summary>
    public required ChannelwiseStep[] Entries { get; init; }

    /// <summary>No less than the root of the number of windows that one number lies in.</summary>
    public required double Norm { get; init; }
}

/// <summary>The sum of two or more values of one size.</summary>
internal sealed record AdditionStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map);

/// <summary>The softmax over all places of each channel.</summary>
internal sealed record SoftmaxStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map)
{
    /// <summary>The mean of each channel.</summary>
    public required ChannelwiseStep Mean { get; init; }

    /// <summary>A number of each channel at each of its places.</summary>
    public required ChannelwiseStep Spread { get; init; }
}

/// <summary>The product, number by number, of two values of one size.</summary>
internal sealed record ProductStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map);

/// <summary>Two or more values of one height and width, one behind the other along the channels.</summary>
internal sealed record ConcatenationStep(string Name, int[] Inputs, MapShape Map) : PlanStep(Name, Inputs, Map);
