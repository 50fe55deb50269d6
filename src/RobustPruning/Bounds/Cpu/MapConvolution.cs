using System.Runtime.CompilerServices;

namespace RobustPruning.Bounds.Cpu;

/// <summary>
/// Whole maps in 64 bits under a convolution: centre and generators, and with the absolute values of the weights what each number is uncertain
/// by. Four maps share each weight that is read; the fourth of the first four is the uncertain one.
/// </summary>
internal sealed unsafe class MapConvolution<TWeight>(ConvolutionStep step, TWeight* weights)
    where TWeight : unmanaged
{
    private const int Together = 4;

    /// <summary>Adds the products of maps to new ones.</summary>
    /// <param name="pool">For memory.</param>
    /// <param name="maps">The maps.</param>
    /// <param name="targets">The new maps; where a convolution is to be added.</param>
    /// <param name="uncertain">What each number is uncertain by; null if it is not.</param>
    /// <param name="uncertainTarget">Where |W| times that is to be added.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(BufferPool pool, double*[] maps, double*[] targets, double* uncertain, double* uncertainTarget)
    {
        // Slots of four: three maps and what is uncertain, then four maps each.
        var slots = new List<(nint Map, nint Target)>();
        for (var index = 0; index < maps.Length; index++)
        {
            if (index == Together - 1)
                slots.Add(((nint)uncertain, (nint)uncertainTarget));
            slots.Add(((nint)maps[index], (nint)targets[index]));
        }

        while (slots.Count < Together - 1)
            slots.Add((0, 0));
        if (maps.Length <= Together - 1)
            slots.Add(((nint)uncertain, (nint)uncertainTarget));
        while (slots.Count % Together != 0)
            slots.Add((0, 0));

        int channels = step.ChannelsPerGroup, features = step.FeaturesPerGroup, groupBlock = Math.Min(channels, ConvolutionStep.Block);
        BufferPool.Buffer packed = pool.Rent<double>((long)slots.Count * groupBlock), rows = pool.Rent<nint>(groupBlock), none = pool.RentZeros<double>(step.Map.Channels + 16);
        var chosen = stackalloc int[ConvolutionStep.Block];
        var four = stackalloc double*[Together];
        for (var place = 0; place < step.From.Area; place++)
        {
            for (var first = 0; first < step.From.Channels; first += groupBlock)
            {
                var group = first / channels;
                if (first % channels != 0 && (first - (group * channels)) % groupBlock != 0)
                    throw new InvalidOperationException("Blocks of channels lie within groups.");
                var count = Choose(slots, ((long)place * step.From.Channels) + first, Math.Min(groupBlock, ((group + 1) * channels) - first), chosen, rows.As<nint>(), first);
                if (count == 0)
                    continue;
                Pack(slots, (long)place * step.From.Channels, chosen, count, packed.Doubles);
                int row = place / step.From.Width, column = place % step.From.Width;
                for (var newRow = Math.Max(0, step.Rows.FirstOutput(row)); newRow <= Math.Min(step.Map.Height - 1, step.Rows.LastOutput(row)); newRow++)
                {
                    for (var newColumn = Math.Max(0, step.Columns.FirstOutput(column)); newColumn <= Math.Min(step.Map.Width - 1, step.Columns.LastOutput(column)); newColumn++)
                    {
                        int tapRow = step.Rows.Tap(newRow, row), tapColumn = step.Columns.Tap(newColumn, column);
                        if (tapRow < 0 || tapColumn < 0)
                            continue;
                        var tap = weights + ((((long)tapRow * step.Columns.Kernel) + tapColumn) * step.From.Channels * features);
                        var to = ((((long)newRow * step.Map.Width) + newColumn) * step.Map.Channels) + (group * features);
                        for (var slot = 0; slot < slots.Count; slot += Together)
                        {
                            for (var index = 0; index < Together; index++)
                                four[index] = slots[slot + index].Target == 0 ? none.Doubles : (double*)slots[slot + index].Target + to;
                            Tiles<double, TWeight>.Add4(packed.Doubles + ((long)slot * count), tap, rows.As<nint>(), count, four, features, absoluteLast: slot == 0);
                        }
                    }
                }
            }
        }

        packed.Release();
        rows.Release();
        none.Release();
    }

    private int Choose(List<(nint Map, nint Target)> slots, long place, int count, int* chosen, nint* rows, int first)
    {
        var found = 0;
        for (var channel = 0; channel < count; channel++)
        {
            var isZero = true;
            foreach (var (map, _) in slots)
                isZero &= map == 0 || ((double*)map)[place + channel] == 0;
            (chosen[found], rows[found]) = (first + channel, (nint)(first + channel) * step.FeaturesPerGroup);
            found += isZero ? 0 : 1;
        }

        return found;
    }

    private static void Pack(List<(nint Map, nint Target)> slots, long place, int* chosen, int count, double* packed)
    {
        for (var slot = 0; slot < slots.Count; slot++)
        {
            var to = packed + ((long)(slot / Together) * Together * count) + (slot % Together);
            var map = (double*)slots[slot].Map;
            for (var k = 0; k < count; k++, to += Together)
                *to = map is null ? 0 : map[place + chosen[k]];
        }
    }
}
