namespace Emotion.Features.Faces;

/// <summary>Pairs of rows and columns, each in at most one, of the greatest total gain: the Hungarian method, O(n^3).</summary>
internal static class Assignment
{
    /// <param name="gain">[rows, columns], none negative; a pair of gain 0 is none.</param>
    /// <returns>For each row its column, or -1.</returns>
    public static int[] Maximise(double[,] gain)
    {
        var (rows, columns) = (gain.GetLength(0), gain.GetLength(1));
        var size = Math.Max(rows, columns);
        double Cost(int row, int column) => row < rows && column < columns ? -gain[row, column] : 0;

        // Potentials of rows and columns, and for each column its row, all from 1; 0 stands for none yet.
        var (rowPotential, columnPotential) = (new double[size + 1], new double[size + 1]);
        var (rowOf, before) = (new int[size + 1], new int[size + 1]);
        for (var row = 1; row <= size; row++)
        {
            rowOf[0] = row;
            Augment(FindPath(Cost, rowOf, before, rowPotential, columnPotential), rowOf, before);
        }

        var result = new int[rows];
        Array.Fill(result, -1);
        for (var column = 1; column <= columns; column++)
        {
            var row = rowOf[column] - 1;
            if (row < rows && gain[row, column - 1] > 0)
            {
                result[row] = column - 1;
            }
        }

        return result;
    }

    // Grows a tree of tight pairs from the new row until it reaches a column without a row, and returns that column.
    private static int FindPath(Func<int, int, double> cost, int[] rowOf, int[] before, double[] rowPotential, double[] columnPotential)
    {
        var least = new double[rowOf.Length];
        Array.Fill(least, double.PositiveInfinity);
        var visited = new bool[rowOf.Length];
        var current = 0;
        do
        {
            visited[current] = true;
            var (row, delta, next) = (rowOf[current], double.PositiveInfinity, 0);
            for (var column = 1; column < rowOf.Length; column++)
            {
                if (visited[column])
                {
                    continue;
                }

                var reduced = cost(row - 1, column - 1) - rowPotential[row] - columnPotential[column];
                if (reduced < least[column])
                {
                    (least[column], before[column]) = (reduced, current);
                }

                if (least[column] < delta)
                {
                    (delta, next) = (least[column], column);
                }
            }

            for (var column = 0; column < rowOf.Length; column++)
            {
                if (visited[column])
                {
                    rowPotential[rowOf[column]] += delta;
                    columnPotential[column] -= delta;
                }
                else
                {
                    least[column] -= delta;
                }
            }

            current = next;
        }
        while (rowOf[current] != 0);

        return current;
    }

    private static void Augment(int column, int[] rowOf, int[] before)
    {
        for (; column != 0; column = before[column])
        {
            rowOf[column] = rowOf[before[column]];
        }
    }
}
