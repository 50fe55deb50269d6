using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using RobustPruning.Tests;

namespace RobustPruning.Data.Tests.Formats;

/// <summary>
/// Two hundred random data sets, each written in an odd way or damaged: each is read right, or refused in one line that says where.
/// </summary>
[TestFixture]
internal sealed class DamagedFilesTests
{
    private const int Files = 200;
    private const int Width = 16;
    private const int Height = 8;

    [Test]
    public void EachOfManyOddOrDamagedFilesIsReadRightOrRefusedWithItsPlace()
    {
        var random = new Random(FreshSeedsAttribute.Current);
        var (read, refused) = (0, 0);
        for (var i = 0; i < Files; i++)
        {
            using var folder = new TemporaryFolder();
            var set = RandomSet(random);
            foreach (var row in set.Rows)
                TestFiles.SavePng(folder.File(row.Image), TestImages.Noise(Height, Width, row.Image.Length));
            var file = (i % 4) switch
            {
                0 or 1 => Table(random, folder, set, plain: i % 4 == 0),
                2 => Coco(random, folder, set),
                _ => Sleap(random, folder, set),
            };
            var what = $"file {i}: {file.Name}, {file.Change}";
            if (file.Refusal is null)
            {
                var dataset = KeypointDataset.Load(folder.File(file.Name), new() { Height = Height, Width = Width });
                var points = dataset.Samples.SelectMany(sample =>
                    sample.Keypoints.Select((value, index) => sample.Visible[index / 2] ? value : double.NaN));
                Assert.That(dataset.KeypointNames.Order(), Is.EqualTo(set.Names.Order()), what);
                Assert.That(
                    points,
                    Is.EqualTo(set.Rows.SelectMany(row => InOrder(row.Points, set.Names, dataset.KeypointNames))).Within(1e-4),
                    what);
                read++;
            }
            else
            {
                Assert.That(
                    () => KeypointDataset.Load(folder.File(file.Name), new() { Height = Height, Width = Width }),
                    Throws
                        .TypeOf<DataException>()
                        .With.Message.Contains(file.Refusal)
                        .And.Message.Contains(folder.Path)
                        .And.Message.Not.Contains("\n"),
                    what);
                refused++;
            }
        }

        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(Math.Min(read, refused), Is.GreaterThan(Files / 5));
    }

    // A data set of 1 to 4 keypoints and 2 to 5 images in one folder; some labels are missing, the first is there.
    private static Set RandomSet(Random random)
    {
        string[] names =
        [
            .. ((string[])["nose", "tail", "left ear", "paw_1", "Knie ü"]).OrderBy(_ => random.Next()).Take(random.Next(1, 5)),
        ];
        var rows = new List<Labelled>();
        for (var i = random.Next(2, 6); i > 0; i--)
        {
            var points = new double[2 * names.Length];
            for (var k = 0; k < names.Length; k++)
            {
                var missing = random.Next(5) == 0 && (rows.Count > 0 || k > 0);
                (points[2 * k], points[2 * k + 1]) = missing
                    ? (double.NaN, double.NaN)
                    : (Math.Round(0.5 + (Width - 2) * random.NextDouble(), 3), Math.Round(0.5 + (Height - 2) * random.NextDouble(), 3));
            }

            rows.Add(new($"labeled-data/vid/img{new string('0', rows.Count + 1)}.png", points));
        }

        return new(names, rows);
    }

    private static Made Table(Random random, TemporaryFolder folder, Set set, bool plain)
    {
        var name = plain ? "labels.csv" : "labeled-data/vid/CollectedData_me.csv";
        var text = plain ? LabelWriters.Csv(set.Names, set.Rows) : LabelWriters.DeepLabCut(set.Names, set.Rows);
        List<List<string>> cells = [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',').ToList())];
        var header = plain ? 1 : 3;
        var row = random.Next(header, cells.Count);

        // A coordinate that is there: the first keypoint of the first image is.
        var (at, column) = (header, random.Next(1, 3));
        var place = $"row {at + 1}, column {column + 1}";
        var (separator, lineEnd) = (",", "\n");
        Encoding encoding = new UTF8Encoding(false);
        var tail = "";
        string? refusal = null;
        var change = random.Next(34);
        switch (change)
        {
            // Odd, to be read right.
            case 0: encoding = new UTF8Encoding(true); break;
            case 1: encoding = Encoding.Unicode; break;
            case 2: encoding = Encoding.Latin1; break;
            case 3: lineEnd = "\r\n"; break;
            case 4: separator = ";"; break;
            case 5: (separator, cells) = (";",
                [.. cells.Select(
                    (line, index) => index < header ? line : [line[0], .. line.Skip(1).Select(cell => cell.Replace('.', ','))])]); break;
            case 6: separator = "\t"; break;
            case 7: cells = [.. cells.Select(line => line.Select(cell => $"\"{cell}\"").ToList())]; break;
            case 8: cells = [.. cells.Select(line => line.Select(cell => $" {cell} ").ToList())]; break;
            case 9: lineEnd = "\n\n"; break;
            case 10: tail = "\n" + new string(',', cells[0].Count - 1) + "\n"; break;
            case 11: cells.Skip(header).ToList().ForEach(line => line[0] = line[0].Replace('/', '\\')); break;
            case 12: cells.Skip(header).ToList().ForEach(line => line[0] = @"C:\Users\me\project\" + line[0].Replace('/', '\\')); break;
            case 13: cells.Skip(header).ToList().ForEach(line => line[0] = line[0].Replace(".png", ".PNG")); break;
            case 14: cells.Skip(header).ToList().ForEach(line => Replace(line, "", "NaN")); break;
            case 15: cells[at][column] = double.Parse(
                cells[at][column], CultureInfo.InvariantCulture).ToString("E8", CultureInfo.InvariantCulture); break;
            case 16: cells = [
                .. cells.Select(
                    line => (List<string>)[line[0], .. line.Skip(1).Chunk(2).Reverse().SelectMany(pair => pair.Reverse())])]; break;
            case 17: cells = [
                .. cells.Select((line, index) =>
                    (List<string>)[line[0], .. line.Skip(
                        1).Chunk(2).SelectMany(pair => pair.Append(Likelihood(pair[0], index, plain)))])]; break;
            case 18 when !plain: cells.Insert(1, ["individuals", .. cells[0].Skip(1).Select(_ => "ind1")]); break;
            case 19 when !plain: cells = [
                .. cells.Select((line, index) =>
                    (List<string>)(index < 3 ? [line[0], "", "", .. line.Skip(1)] : [.. line[0].Split('/'), .. line.Skip(1)]))]; break;

            // Damaged, to be refused.
            case 20: (cells[at][column], refusal) = ("twelve", place); break;
            case 21: (cells[at][column], refusal) = ("inf", place); break;
            case 22: (cells[at][column], refusal) = ("1e999", place); break;
            case 23: (cells[at][column], refusal) = ("1.2.3", place); break;
            case 24: (cells[at][column], refusal) = ("500", place); break;
            case 25: (cells[at][column], refusal) = ("", place); break;
            case 26: cells[row].Add("1"); refusal = $"row {row + 1}: {cells[row].Count} columns"; break;
            case 27: cells[row].RemoveAt(cells[row].Count - 1); refusal = $"row {row + 1}: {cells[row].Count} columns"; break;
            case 28: (cells[at][0], refusal) = ("", $"row {at + 1}, column 1: the image path is empty"); break; // A row without labels would be blank then.
            case 29: (cells[row][0], refusal) = ("labeled-data/vid/none.png",
                $"row {row + 1}, column 1: there is no image none.png"); break;
            case 30: (cells[^1][0], refusal) = (cells[header][0],
                $"row {cells.Count}, column 1: image {cells[header][0]} is already labelled in row {header + 1}"); break;
            case 31: (cells[row][0], refusal) = ("\"" + cells[row][0], $"row {row + 1}: a quote is opened"); break;
            case 32: File.WriteAllBytes(
                folder.File(set.Rows[0].Image),
                File.ReadAllBytes(folder.File(set.Rows[0].Image))[..90]); refusal = set.Rows[0].Image; break;
            case 33: (cells, refusal) = ([.. cells.Take(header)], "no rows"); break;
            default: (cells[0][0], refusal) = ("what", plain ? "row 1, column 1" : "row 1, column 1"); break;
        }

        File.WriteAllText(folder.File(name), string.Join(lineEnd, cells.Select(line => string.Join(separator, line))) + tail, encoding);
        return new(name, $"change {change}", refusal);
    }

    private static Made Coco(Random random, TemporaryFolder folder, Set set)
    {
        var root = JsonNode.Parse(LabelWriters.Coco(set.Names, set.Rows, (Width, Height)))!;
        var (images, annotations) = (root["images"]!.AsArray(), root["annotations"]!.AsArray());
        var at = random.Next(annotations.Count);
        var (points, where) = (annotations[0]!["keypoints"]!.AsArray(), $"annotations[{at}]");
        string? text = null;
        string? refusal = null;
        var change = random.Next(22);
        switch (change)
        {
            case 0: images.ToList().ForEach(image => image!["id"] = "id " + image["id"]); annotations.ToList().ForEach(
                item => item!["image_id"] = "id " + item["image_id"]); break;
            case 1: Shuffle(random, annotations); break;
            case 2: root["info"] = new JsonObject { ["year"] = 2017 }; break;
            case 3: annotations.Insert(
                0, new JsonObject { ["image_id"] = 7, ["category_id"] = 3, ["iscrowd"] = 1, ["keypoints"] = new JsonArray(1) }); break;
            case 4: annotations.Insert(
                0, new JsonObject { ["image_id"] = 7, ["category_id"] = 4, ["bbox"] = new JsonArray(1, 1, 1, 1) }); break;
            case 5: images.Add(new JsonObject { ["id"] = 99, ["file_name"] = "none.png" }); break;
            case 6: images.ToList().ForEach(image => image!.AsObject().Remove("width")); break;
            case 7: text = "\uFEFF" + root.ToJsonString(); break;
            case 8: points[2] = 1; break;
            case 9: annotations.ToList().ForEach(item => item!["bbox"] = new JsonArray(0, 0, 4, 4)); break;
            case 10: text = root.ToJsonString()[..^random.Next(1, 200)]; refusal = "row 1, column"; break;
            case 11: annotations[at]!["image_id"] = 12345; refusal = $"{where}.image_id: there is no image of id 12345"; break;
            case 12: annotations[at]!["keypoints"]!.AsArray().RemoveAt(
                0); refusal = $"{where}.keypoints: {3 * set.Names.Length - 1} numbers"; break;
            case 13: points[0] = "five"; refusal = "annotations[0].keypoints[0]"; break;
            case 14: points[1] = 88; refusal = "annotations[0].keypoints[1]: 88 is outside"; break;
            case 15: points[2] = 3; refusal = "annotations[0].keypoints[2]: the visibility"; break;
            case 16: root.AsObject().Remove("categories"); refusal = "'categories' is missing"; break;
            case 17: images[^1]!["id"] = images[0]!["id"]!.DeepClone(); refusal = $"images[{images.Count - 1}].id"; break;
            case 18: images[0]!["file_name"] = "labeled-data/vid/none.png"; refusal = "images[0].file_name: there is no image none.png"; break;
            case 19: images[0]!["width"] = Width + 1; refusal = "images[0].file_name: image"; break;
            case 20: annotations[at]!["category_id"] = 77; refusal = $"{where}.category_id"; break;
            default: annotations[at] = new JsonArray(
                1, 2); root["annotations"]!.AsArray().Clear(); refusal = "annotations: no annotation has keypoints"; break;
        }

        File.WriteAllText(folder.File("labels.json"), text ?? root.ToJsonString(), new UTF8Encoding(false));
        return new("labels.json", $"change {change}", refusal);
    }

    private static Made Sleap(Random random, TemporaryFolder folder, Set set)
    {
        const string name = "labels.slp";
        LabelWriters.Instance[] instances =
        [
            .. set.Rows.Select(
                (_, index) =>
                    new LabelWriters.Instance
                    {
                        instance_id = index,
                        frame_id = (ulong)index,
                        track = -1,
                    }),
        ];
        var rows = set.Rows.ToList();
        var format = 1.2;
        byte[][]? images = null;
        Action<string> after = _ => { };
        string? refusal = null;
        var change = random.Next(10);
        switch (change)
        {
            case 0: images = [.. rows.Select(row => File.ReadAllBytes(folder.File(row.Image)))]; break;
            case 1: (format, rows) = (1.0,
                [.. rows.Select(row => row with { Points = [.. row.Points.Select(value => value + 0.5)] })]); break;
            case 2: instances = [.. instances.Select(instance => instance with { track = 0 })]; break;
            case 3: rows[0] = rows[0] with { Image = rows[0].Image.Replace('/', '\\') }; break;
            case 4: (images, refusal) = ([.. rows.Select(row => File.ReadAllBytes(folder.File(row.Image))[..60])],
                "video0/video, frame 0"); break;
            case 5: (rows[0].Points[0], refusal) = (400, "points[0].x: 400 is outside"); break;
            case 6: (rows[0].Points[1], refusal) = (double.NaN, "points[0].y: there is only one of x and y"); break;
            case 7: (rows[1], refusal) = (rows[1] with { Image = "labeled-data/vid/none.png" },
                "frames[1]: there is no image none.png"); break;
            case 8: (after, refusal) = (path => File.WriteAllBytes(path, File.ReadAllBytes(path)[..random.Next(8, 90)]), name); break;
            default: (instances, refusal) = ([.. instances.Select(instance => instance with { instance_type = 1 })],
                "no label that a person made"); break;
        }

        LabelWriters.Sleap(folder.File(name), set.Names, rows, images, format, instances);
        after(folder.File(name));
        return new(name, $"change {change}", refusal);
    }

    private static void Replace(List<string> line, string from, string to)
    {
        for (var i = 1; i < line.Count; i++)
            line[i] = line[i] == from ? to : line[i];
    }

    private static string Likelihood(string cell, int row, bool plain) => (plain, row) switch
    {
        (true, 0) => cell[..^2] + "_likelihood",
        (false, 2) => "likelihood",
        (false, < 2) => cell,
        _ => "0.9",
    };

    private static void Shuffle(Random random, JsonArray list)
    {
        var items = list.Select(item => item!.DeepClone()).OrderBy(_ => random.Next()).ToList();
        list.Clear();
        items.ForEach(list.Add);
    }

    private static IEnumerable<double> InOrder(double[] points, string[] names, IReadOnlyList<string> order) =>
        order.SelectMany(name => points.Skip(2 * Array.IndexOf(names, name)).Take(2));

    private sealed record Set(string[] Names, List<Labelled> Rows);

    private sealed record Made(string Name, string Change, string? Refusal);
}
