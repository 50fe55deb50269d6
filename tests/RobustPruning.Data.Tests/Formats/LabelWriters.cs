using System.Globalization;
using System.Text;
using System.Text.Json;
using PureHDF;

namespace RobustPruning.Data.Tests.Formats;

/// <summary>A labelled image as tests state it; NaN where a label is missing.</summary>
internal sealed record Labelled(string Image, double[] Points);

/// <summary>Writes the same labels in each of the formats.</summary>
internal static class LabelWriters
{
    public static string DeepLabCut(IReadOnlyList<string> names, IEnumerable<Labelled> rows, string scorer = "me", char separator = ',')
    {
        var text = new StringBuilder();
        Line("scorer", names.SelectMany(_ => new[] { scorer, scorer }));
        Line("bodyparts", names.SelectMany(name => new[] { name, name }));
        Line("coords", names.SelectMany(_ => new[] { "x", "y" }));
        foreach (var row in rows)
            Line(row.Image, row.Points.Select(Cell));
        return text.ToString();

        void Line(string first, IEnumerable<string> rest) => text.AppendJoin(separator, rest.Prepend(first)).Append('\n');
    }

    public static string Csv(IReadOnlyList<string> names, IEnumerable<Labelled> rows) => string.Join('\n', rows
        .Select(row => string.Join(',', row.Points.Select(Cell).Prepend(row.Image)))
        .Prepend(string.Join(',', names.SelectMany(name => new[] { $"{name}_x", $"{name}_y" }).Prepend("image"))));

    public static string Coco(IReadOnlyList<string> names, IReadOnlyList<Labelled> rows, (int Width, int Height)? size = null) =>
        JsonSerializer.Serialize(
            new
            {
                images = rows.Select(
                    (row, index) =>
                        size is { } known
                            ? (object)
                                new
                                {
                                    id = index + 7,
                                    file_name = row.Image,
                                    width = known.Width,
                                    height = known.Height,
                                }
                            : new { id = index + 7, file_name = row.Image }),
                categories = new[]
                {
                    new
                    {
                        id = 3,
                        name = "animal",
                        keypoints = names,
                    },
                },
                annotations = rows.Select(
                    (row, index) =>
                        new
                        {
                            id = index,
                            image_id = index + 7,
                            category_id = 3,
                            iscrowd = 0,
                            keypoints = row
                                .Points.Chunk(2)
                                .SelectMany(point => double.IsNaN(point[0]) ? [0, 0, 0] : new[] { point[0], point[1], 2 }),
                        }),
            });

    /// <summary>A SLEAP file whose images are given as the bytes of image files, or else as names.</summary>
    public static void Sleap(
        string path, IReadOnlyList<string> names, IReadOnlyList<Labelled> rows, IReadOnlyList<byte[]>? images = null, double format = 1.2,
        IReadOnlyList<Instance>? instances = null, IReadOnlyList<string>? tracks = null)
    {
        instances ??=
        [
            .. rows.Select(
                (_, index) =>
                    new Instance
                    {
                        instance_id = index,
                        frame_id = (ulong)index,
                        track = -1,
                        from_predicted = -1,
                    }),
        ];
        var points = rows.SelectMany(row =>
                row.Points.Chunk(2)
                    .Select(point => new Point
                    {
                        x = point[0],
                        y = point[1],
                        visible = 1,
                    }))
            .ToArray();
        var nodes = names.Reverse().Select(name => new { name, weight = 1.0 });
        var skeleton = new { links = Array.Empty<object>(), nodes = names.Select((_, index) => new { id = names.Count - 1 - index }) };
        var video = images is null
            ? JsonSerializer.Serialize(
                new
                {
                    backend = new
                    {
                        type = "ImageVideo",
                        filename = "x",
                        filenames = rows.Select(row => row.Image),
                    },
                })
            : JsonSerializer.Serialize(
                new
                {
                    filename = ".",
                    backend = new
                    {
                        type = "HDF5Video",
                        filename = ".",
                        dataset = "video0/video",
                    },
                });
        var numbered = instances.Select((instance, index) => instance with
        {
            point_id_start = (ulong)(index * names.Count), point_id_end = (ulong)((index + 1) * names.Count),
        }).ToArray();
        var frames = rows.Select((_, index) => index)
            .Where(index => numbered.Any(instance => instance.frame_id == (ulong)index))
            .Select(index => new Frame
            {
                frame_id = (ulong)index,
                frame_idx = (ulong)(images is null ? index : 10 * index),
                instance_id_start = (ulong)Array.FindIndex(numbered, instance => instance.frame_id == (ulong)index),
                instance_id_end = (ulong)Array.FindLastIndex(numbered, instance => instance.frame_id == (ulong)index) + 1,
            })
            .ToArray();
        var file = new H5File
        {
            ["metadata"] = new H5Group
            {
                Attributes = new() {
                    ["format_id"] = format, [
                        "json"] = JsonSerializer.Serialize(new { version = "2.0.0", skeletons = new[] { skeleton }, nodes }) },
            },
            ["frames"] = frames,
            ["instances"] = numbered,
            ["points"] = points,
            ["videos_json"] = new[] { video },
            ["tracks_json"] = (tracks ?? ["none"]).Select(track => JsonSerializer.Serialize(new object[] { 0, track })).ToArray(),
        };
        if (images is not null)
        {
            var longest = images.Max(image => image.Length);
            var padded = new sbyte[images.Count, longest];
            for (var i = 0; i < images.Count; i++)
            {
                for (var j = 0; j < images[i].Length; j++)
                    padded[i, j] = (sbyte)images[i][j];
            }

            file["video0"] = new H5Group
            {
                ["video"] = padded,
                ["frame_numbers"] = Enumerable.Range(0, images.Count).Select(index => 10L * index).ToArray(),
            };
        }

        file.Write(path);
    }

    private static string Cell(double value) => double.IsNaN(value) ? "" : value.ToString("R", CultureInfo.InvariantCulture);

    // Fields that stay 0 are part of the format.
#pragma warning disable CS0649
    internal record struct Frame
    {
        public ulong frame_id;
        public uint video;
        public ulong frame_idx;
        public ulong instance_id_start;
        public ulong instance_id_end;
    }

    internal record struct Instance
    {
        public long instance_id;
        public byte instance_type;
        public ulong frame_id;
        public uint skeleton;
        public int track;
        public long from_predicted;
        public float score;
        public ulong point_id_start;
        public ulong point_id_end;
        public float tracking_score;
    }

    internal record struct Point
    {
        public double x;
        public double y;
        public byte visible;
        public byte complete;
    }
}
